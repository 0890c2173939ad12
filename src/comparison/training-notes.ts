import { flatSettings } from "../records/differing-settings.js";
import type { EntryRuns } from "./compared-runs.js";

/** Settings whose values are told; of more only the names. */
const MOST_TOLD = 3;

/**
 * Which settings of all trainings the methods of a table differ in: 10 epochs beside 15 say little of the losses. What
 * differs between settings of one method stands in titles; options of a method's own are no others'.
 */
export function trainingNotes(entries: readonly EntryRuns[]): string[] {
  const trained = entries.filter(({ runs }) => runs[0].record.kind === "trained");
  const byTitle = new Map<string, ReadonlyMap<string, string>>();
  for (const { title, runs } of trained) {
    const { options: _, ...training } = runs[0].record.config;
    byTitle.set(title, flatSettings({ ...training, options: {} }));
  }
  const names = [...new Set([...byTitle.values()].flatMap(settings => [...settings.keys()]))];
  const titlesBy = (name: string): Map<string, string[]> => {
    const titles = new Map<string, string[]>();
    for (const [title, settings] of byTitle) {
      const value = settings.get(name) ?? "none";
      titles.set(value, [...(titles.get(value) ?? []), title]);
    }
    return titles;
  };
  const differing = names.map(name => ({ name, titles: titlesBy(name) })).filter(({ titles }) => titles.size > 1);
  if (differing.length === 0) return [];
  const told = differing.slice(0, MOST_TOLD).map(({ name, titles }) => {
    const values = [...titles].map(([value, of]) => `${value} (${of.join(", ")})`);
    return `${name}: ${values.join(", ")}`;
  });
  const others = differing.slice(MOST_TOLD).map(({ name }) => name);
  const more = others.length === 0 ? "" : `; and in ${others.join(", ")}`;
  return [`Trainings differ in ${told.join("; ")}${more}.`];
}

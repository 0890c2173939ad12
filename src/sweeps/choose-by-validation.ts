import { InputError } from "../core/errors.js";
import type { Run } from "../records/run-record.js";
import type { Candidate, Selection, StudyFile } from "../records/study-record.js";
import type { PlannedCell } from "./sweep-cells.js";

/** What settings are chosen by, for the record. */
const BY =
  "mean over seeds of the final models' mAP (tie-aware, over the whole ranking) of rows held out of the train rows; the " +
  "queries were not looked at, and runs that were not chosen were never judged by them";

/**
 * The settings of each method at each length that do best on the validation rows, by the mean over seeds; of equal ones
 * the first. Settings with a run that failed are no candidates until it is there.
 * @param finished runs by name
 */
export function chooseByValidation(cells: readonly PlannedCell[], finished: ReadonlyMap<string, Run>): Selection {
  const chosen: Record<string, Selection["chosen"][string]> = {};
  for (const [group, ofGroup] of groupsOf(cells, groupName)) {
    const candidates: (Candidate & { readonly runs: readonly string[] })[] = [];
    for (const [settings, ofSettings] of groupsOf(ofGroup, cell => cell.apart)) {
      const values = ofSettings.flatMap(({ name }) => finished.get(name)?.validationMAP ?? []);
      if (values.length < ofSettings.length) continue;
      const validationMAP = values.reduce((sum, value) => sum + value, 0) / values.length;
      candidates.push({ settings, validationMAP, seeds: values.length, runs: ofSettings.map(({ name }) => name) });
    }
    if (candidates.length === 0) continue;
    const best = candidates.reduce((one, other) => (other.validationMAP > one.validationMAP ? other : one));
    chosen[group] = { runs: best.runs, candidates: candidates.map(({ runs: _, ...candidate }) => candidate) };
  }
  return { by: BY, chosen };
}

/** The selection of a study that has grown: groups that were not asked for again stay as they were. */
export function withSelection(before: Selection | undefined, now: Selection): Selection {
  return { by: now.by, chosen: { ...before?.chosen, ...now.chosen } };
}

/**
 * All settings that compete must be asked for at once.
 * @throws {InputError} when the study has runs of the same methods and lengths that are not asked for
 */
export function checkAllCompete(cells: readonly PlannedCell[], { asked }: Pick<StudyFile, "asked">): void {
  const names = new Set(cells.map(({ name }) => name));
  const groups = [...groupsOf(cells, groupName).keys()];
  const left = asked.find(name => !names.has(name) && groups.some(group => name.startsWith(`${group}-s`)));
  if (left === undefined) return;
  throw new InputError("settings are chosen among all that the study has tried", {
    expected: "earlier ones to be asked for too (finished ones are read); or another name",
    actual: `${left} is not asked for`,
  });
}

function groupName({ of, settings }: PlannedCell): string {
  return `${of.method.name}-${settings.bits}`;
}

function groupsOf<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(nameOf(item), [...(groups.get(nameOf(item)) ?? []), item]);
  return groups;
}

import type { Reproduction, Verdict } from "./reproduction.js";

/** How many runs have each verdict: "2 bit-equal, 1 within tolerance (0.003)". */
export function verdictsText({ runs, tolerance }: Pick<Reproduction, "runs" | "tolerance">): string {
  const counts = new Map<Verdict, number>();
  for (const { verdict } of runs) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts]
    .map(([verdict, count]) => `${count} ${verdict}${verdict === "within tolerance" ? ` (${tolerance})` : ""}`)
    .join(", ");
}

/** What is not as it was, each once, with the runs it is said of where these are not all. */
export function changedTexts({ runs }: Pick<Reproduction, "runs">): string[] {
  const changed = new Map<string, string[]>();
  for (const run of runs) for (const what of run.changed) changed.set(what, [...(changed.get(what) ?? []), run.name]);
  return [...changed].map(([what, names]) => `${what}${names.length === runs.length ? "" : ` (${names.join(", ")})`}`);
}

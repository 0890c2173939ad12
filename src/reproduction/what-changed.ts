import type { StoredRecord } from "../experiments/stored-record.js";
import type { RunRecord } from "../records/run-record.js";

/** What of the machine and the code is compared, in words. */
const ENVIRONMENT: readonly (readonly [keyof RunRecord["environment"], string])[] = [
  ["hashbook", "version of hashbook"],
  ["commit", "commit of hashbook"],
  ["node", "version of Node"],
  ["platform", "platform"],
  ["processor", "processor"],
  ["cores", "cores"],
];

/** A sentence on each thing of code, version and machine that is not what a record says. */
export function changedAround(
  recorded: Pick<RunRecord, "environment" | "engine" | "threads">,
  now: Pick<StoredRecord, "environment" | "engine"> & { readonly threads: number },
): string[] {
  const values = (of: typeof recorded): [string, unknown][] => [
    ...ENVIRONMENT.map(([name, word]): [string, unknown] => [word, of.environment[name]]),
    ["engine", of.engine],
    ["threads", of.threads],
  ];
  const before = new Map(values(recorded));
  return values(now)
    .filter(([word, value]) => before.get(word) !== value)
    .map(([word, value]) => `${word}: ${value ?? "unknown"}, was ${before.get(word) ?? "unknown"}`);
}

import type { Shard } from "../features/feature-manifest.js";

/**
 * The runs of one of several parts of a study: every n-th. Those beside one another differ in seed and length, so that parts
 * take about as long as each other.
 */
export function runsOfShard<T>(runs: readonly T[], { index, of }: Shard): T[] {
  return runs.filter((_, at) => at % of === index - 1);
}

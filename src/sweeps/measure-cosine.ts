import { cosineBaseline } from "../experiments/baselines.js";
import { metricsOf } from "../metrics/known-metrics.js";
import { readCosine, writeCosine } from "../records/cosine-file.js";
import type { SweptData } from "./open-swept-study.js";
import { isJudgedBy } from "./run-cell.js";
import type { SweepOptions } from "./sweep-options.js";

/** Features are not stored, so that no cutoff can be added when runs are compared: these are what papers report. */
const USUAL_CUTOFFS: readonly number[] = [10, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 54_000, 59_000];

/**
 * Measures exhaustive search on the features, while they are at hand: a study that is read later has none. It is the same
 * for all runs, so it is done once, and again where more is to be measured.
 */
export async function measureCosine(data: SweptData, folder: string, options: SweepOptions): Promise<void> {
  const { protocol = data.protocol, dropQueriesFromDatabase, unlabelled, signal } = options;
  const cutoffs = [...new Set([...USUAL_CUTOFFS, ...(options.cutoffs ?? [])])];
  const metrics = metricsOf(options.metrics ?? []).filter(({ radii }) => !radii); // features have none
  const known = await readCosine(folder);
  if (known !== undefined && isJudgedBy(known, { ...options, protocol, cutoffs, metrics })) return;
  const judging = { protocol, cutoffs, metrics, dropQueriesFromDatabase, unlabelled, signal };
  await writeCosine(folder, await cosineBaseline(data, judging));
}

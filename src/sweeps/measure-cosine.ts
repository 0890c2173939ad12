import { cosineBaseline } from "../experiments/baselines.js";
import { metricsOf } from "../metrics/known-metrics.js";
import { readCosine, writeCosine } from "../records/cosine-file.js";
import type { SweptData } from "./open-swept-study.js";
import { isJudgedBy } from "./run-cell.js";
import type { SweepOptions } from "./sweep-options.js";

/**
 * Measures exhaustive search on the features, while they are at hand: a study that is read later has none. It is the same
 * for all runs, so it is done once, and again where more is to be measured.
 */
export async function measureCosine(data: SweptData, folder: string, options: SweepOptions): Promise<void> {
  const { protocol = data.protocol, cutoffs, dropQueriesFromDatabase, unlabelled, signal } = options;
  const metrics = metricsOf(options.metrics ?? []).filter(({ radii }) => !radii); // features have none
  const known = await readCosine(folder);
  if (known !== undefined && isJudgedBy(known, { ...options, protocol, metrics })) return;
  const judging = { protocol, cutoffs, metrics, dropQueriesFromDatabase, unlabelled, signal };
  await writeCosine(folder, await cosineBaseline(data, judging));
}

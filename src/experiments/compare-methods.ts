import type { ProgressListener } from "../core/progress.js";
import type { TrainConfig } from "../training/train-config.js";
import { METHODS, trainConfig } from "../training/train-config.js";
import { cosineBaseline, lshBaseline } from "./baselines.js";
import type { SearchResult } from "./result.js";
import type { Experiment } from "./run-experiment.js";
import { runExperiment } from "./run-experiment.js";
import type { Study } from "./study.js";

/** Settings of {@link compareMethods}. */
export interface CompareOptions {
  /** Code lengths. Default 16, 32, 48, 64. */
  readonly bits?: readonly number[];
  /** What to change of the default configs, for both methods. Default: nothing. */
  readonly config?: Partial<TrainConfig>;
  readonly onProgress?: ProgressListener;
}

/** Both methods at all lengths, and the baselines. */
export interface Comparison {
  /** Trained ones first, by method and bits, then LSH at the same bits, then cosine. */
  readonly results: readonly SearchResult[];
  /** Behind the trained results. */
  readonly experiments: readonly Experiment[];
}

/** Trains HashNet and DCH at each length (or reads what was trained before) and judges them beside the baselines. */
export async function compareMethods(
  study: Study,
  { bits = [16, 32, 48, 64], config = {}, onProgress }: CompareOptions = {},
): Promise<Comparison> {
  const experiments: Experiment[] = [];
  const lsh: SearchResult[] = [];
  for (const method of METHODS) {
    for (const length of bits) {
      const full = { ...trainConfig(method, length), ...config };
      experiments.push(await runExperiment(study.engine, study, full, { onProgress }));
    }
  }
  for (const length of bits) lsh.push(await lshBaseline(study.engine, study, { bits: length }));
  const cosine = await cosineBaseline(study.engine, study);
  return { results: [...experiments.map(({ record }) => record), ...lsh, cosine], experiments };
}

/**
 * The experiment of a method at a length.
 * @throws {RangeError} when it is not among them
 */
export function experimentOf(
  experiments: readonly Experiment[],
  method: TrainConfig["method"],
  bits: number,
): Experiment {
  const found = experiments.find(({ record }) => record.method === method && record.bits === bits);
  if (found === undefined) throw new RangeError(`no experiment of ${method} at ${bits} bits`);
  return found;
}

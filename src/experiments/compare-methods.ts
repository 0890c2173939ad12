import type { Abortable } from "../core/abort.js";
import { InputError, UsageError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { methodOf } from "../methods/known-methods.js";
import type { Method } from "../methods/method.js";
import { checkMeasures } from "../metrics/evaluate-options.js";
import type { TrainSettings } from "../training/train-config.js";
import type { PoolOptions } from "../training/training-process.js";
import { baselineSettings, settingsOf, trivialFault } from "./baseline-settings.js";
import { cosineBaseline } from "./baselines.js";
import type { ExperimentData } from "./experiment-data.js";
import type { SearchResult } from "./result.js";
import { resultAlone } from "./result.js";
import type { Experiment, ExperimentOptions } from "./run-experiment.js";
import { runExperiments } from "./run-experiments.js";
import { trivialVerdict } from "./trivial-verdict.js";

/** Settings of {@link compareMethods}. */
export interface CompareOptions extends Abortable, PoolOptions {
  /** Known names, and methods of one's own. Default HashNet, DCH, ITQ, LSH. */
  readonly methods?: readonly (string | Method)[];
  /** Code lengths. Default 16, 32, 48, 64. */
  readonly bits?: readonly number[];
  /** Each is a training, or a fit, of its own. Default: that of `config`, else 0. */
  readonly seeds?: readonly number[];
  /** What to change of the default configs, for all that is trained. Default: nothing. */
  readonly config?: Partial<Omit<TrainSettings, "method" | "bits" | "options">>;
  /** Options of methods, by their names. Default: their defaults. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Beside the methods, what every result is to be read against: the predicted class, LSH and ITQ at the same lengths.
   * "none" leaves them out; cosine on the features is always there. Default "all".
   */
  readonly baselines?: "all" | "none";
  /** As for `runExperiment`. */
  readonly folder?: string;
  readonly metrics?: ExperimentOptions["metrics"];
  readonly dropQueriesFromDatabase?: boolean;
  readonly protocol?: ExperimentOptions["protocol"];
  readonly onProgress?: ProgressListener;
  /** As for `runExperiments`. */
  readonly workers?: number;
}

/** All methods at all lengths with all seeds, and what features alone do. */
export interface Comparison {
  /** By method, bits and seed, in the order given; then the baselines that were not among the methods; then cosine. */
  readonly results: readonly SearchResult[];
  /** Behind all of them but cosine. */
  readonly experiments: readonly Experiment[];
  /** Whether the methods beat the predicted class, for people; or why there is none. */
  readonly verdict: string;
}

/** What a comparison has unless it says otherwise. */
const DEFAULT_METHODS: readonly string[] = ["hashnet", "dch", "itq", "lsh"];

/**
 * Trains or fits each method at each length (or reads what was computed before), several at a time, and judges them
 * beside cosine.
 * @param data a study, or features with a split
 * @param options methods, bits, seeds, settings
 * @throws {UsageError} when `options` names a method that is not compared
 * @throws {InputError} as `runExperiment`
 */
export async function compareMethods(
  data: ExperimentData,
  { methods = DEFAULT_METHODS, bits = [16, 32, 48, 64], config = {}, options = {}, ...rest }: CompareOptions = {},
): Promise<Comparison> {
  const { seeds = [config.seed ?? 0], baselines = "all", ...listening } = rest;
  const chosen = methods.map(methodOf);
  const stray = Object.keys(options).find(name => !chosen.some(method => method.name === name));
  if (stray !== undefined) {
    throw new UsageError(`options are given for "${stray}", which is not compared`, {
      expected: chosen.map(({ name }) => name).join(", "),
    });
  }
  const beside = { all: baselineSettings(data, { bits, seeds }), none: [] }[baselines];
  const own = chosen.flatMap(method => {
    const training = method.kind === "trained" ? config : {};
    return settingsOf(data, method, { bits, seeds }).map(one => ({
      ...training,
      ...one,
      options: options[method.name] ?? {},
    }));
  });
  const all: TrainSettings[] = [...own, ...beside.filter(({ method }) => !chosen.includes(method))];
  checkMeasures({ metrics: rest.metrics });
  const experiments = await runExperiments(data, all, listening);
  const { metrics, protocol, dropQueriesFromDatabase, signal } = rest;
  const cosine = await cosineBaseline(data, { metrics, protocol, dropQueriesFromDatabase, signal });
  const results = [...experiments.map(({ record }) => resultAlone(record)), cosine];
  return { results, experiments, verdict: trivialFault(data) ?? trivialVerdict(results) };
}

/**
 * The first experiment of a method at a length.
 * @param method its name
 * @throws {InputError} when it is not among them
 */
export function experimentOf(experiments: readonly Experiment[], method: string, bits: number): Experiment {
  const found = experiments.find(({ record }) => record.method === method && record.bits === bits);
  if (found === undefined) {
    const there = experiments.map(({ record }) => `${record.method} at ${record.bits}`);
    throw new InputError(`there is no experiment of ${method} at ${bits} bits`, { expected: there.join(", ") });
  }
  return found;
}

import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { ProgressListener } from "../core/progress.js";
import { metricsOf } from "../metrics/known-metrics.js";
import { evaluateEmbedding } from "./evaluate-split.js";
import type { ExperimentData } from "./experiment-data.js";
import type { SearchResult } from "./result.js";
import type { ExperimentOptions } from "./run-experiment.js";

/**
 * Exhaustive search by cosine similarity of the features: what hashing gives up precision, or gains, against.
 * @param data features and labels of all rows, and the split
 * @param options.engine Default: that of the data, else the best that is there
 * @throws {InputError} when no query has a relevant item
 */
export async function cosineBaseline(
  data: ExperimentData,
  options: Abortable & {
    readonly engine?: Engine;
    /** As for `runExperiment`. */
    readonly cutoffs?: ExperimentOptions["cutoffs"];
    /** As for `runExperiment`; those of Hamming radii are left out. */
    readonly metrics?: ExperimentOptions["metrics"];
    /** As for `runExperiment`. Default "drop". */
    readonly unlabelled?: ExperimentOptions["unlabelled"];
    /** As for `runExperiment`. Default false. */
    readonly dropQueriesFromDatabase?: boolean;
    /** As for `runExperiment`. */
    readonly protocol?: ExperimentOptions["protocol"];
    readonly onProgress?: ProgressListener;
  } = {},
): Promise<SearchResult> {
  const { features, labels } = data.featureSet;
  const started = performance.now();
  const engine = options.engine ?? data.engine;
  const judged = await evaluateEmbedding(
    features,
    { labels, split: data.split },
    {
      engine,
      cutoffs: options.cutoffs,
      metrics: metricsOf(options.metrics ?? []).filter(({ radii }) => !radii),
      unlabelled: options.unlabelled,
      dropQueriesFromDatabase: options.dropQueriesFromDatabase,
      protocol: options.protocol ?? data.protocol,
      progress: options.onProgress,
      signal: options.signal,
    },
  );
  return {
    method: "cosine",
    title: "cosine on features",
    colour: "#000000",
    bits: null,
    ...judged,
    bytesPerItem: features.shape[1] * Float32Array.BYTES_PER_ELEMENT,
    trainSeconds: 0,
    evaluateSeconds: (performance.now() - started) / 1000,
  };
}

import { UsageError } from "../core/errors.js";
import type { Unlabelled } from "../core/unlabelled.js";
import type { QueryClasses } from "../datasets/query-classes.js";
import type { SearchResult } from "../experiments/result.js";
import type { DataFolder } from "../features/data-folder.js";
import { rowsOfRole } from "../features/data-folder.js";
import type { Evaluation } from "../metrics/evaluation.js";
import type { EvaluationFlags } from "./evaluation-sides.js";

/** How one baseline does on the same queries and database. */
export interface BaselineFigures extends Pick<Evaluation, "mAP" | "top1"> {
  /** "predicted-class", "lsh", "itq", or "cosine" for the features without coding. */
  readonly method: string;
  readonly title: string;
  /** Null for cosine. */
  readonly bits: number | null;
}

/** What {@link baselinesOf} adds to an evaluation. */
export interface EvaluationBaselines {
  readonly baselines: readonly BaselineFigures[];
  /** Whether the codes beat the predicted class, for people; or why there is none. */
  readonly verdict: string;
}

/**
 * Baselines are fitted to the train rows of one data folder, and measured by all of its queries.
 * @throws {UsageError} when the command line is of other data, or of other queries
 */
export function checkBaselines(
  flags: Pick<EvaluationFlags, "data"> & { readonly queries?: number; readonly excludeSelf: boolean },
): void {
  const { data, queries, excludeSelf } = flags;
  if (data !== undefined && queries === undefined && !excludeSelf) return;
  throw new UsageError("--baselines is of all queries of one data folder", {
    expected: "--data and --codes, without --queries and --exclude-self",
  });
}

/**
 * Fits the predicted class, LSH and ITQ to the train rows of a data folder and measures them, and cosine on the features,
 * as its codes were measured.
 * @param own the evaluation of the codes
 * @param queryClasses what the model of the codes has learned. Default: the classes of the train rows
 */
export async function baselinesOf(
  data: DataFolder,
  own: Evaluation,
  queryClasses: QueryClasses | undefined,
  { cutoff, unlabelled }: { readonly cutoff: readonly number[]; readonly unlabelled: Unlabelled },
): Promise<EvaluationBaselines> {
  const { openEngine } = await import("../compute/engine.js");
  const { queryClasses: classesOf } = await import("../datasets/query-classes.js");
  const { fittedBaselines } = await import("../experiments/fitted-baselines.js");
  const { trivialFault } = await import("../experiments/baseline-settings.js");
  const { trivialVerdict } = await import("../experiments/trivial-verdict.js");
  const { readIncompleteFeatures } = await import("../features/features-file.js");
  const { features } = await readIncompleteFeatures(data.featuresFile);
  const { labels, manifest } = data;
  const [query, train, database] = (["query", "train", "database"] as const).map(role => rowsOfRole(data, role));
  const split = { ...data.split!, query, train, database };
  const rows = { featureSet: { features, labels, manifest }, split, engine: await openEngine() };
  const results = await fittedBaselines(rows, { bits: own.bits, cutoffs: cutoff, unlabelled });
  const codes: SearchResult = {
    ...{ method: "codes", title: "This model", bits: own.bits, evaluation: own, byRank: [] },
    ...{ bytesPerItem: Math.ceil(own.bits / 8), trainSeconds: 0, evaluateSeconds: 0 },
    queryClasses: queryClasses ?? classesOf(labels, query, train),
  };
  return {
    baselines: results.map(({ method, title, bits, evaluation: { mAP, top1 } }) => ({
      method,
      title,
      bits,
      mAP,
      top1,
    })),
    verdict: trivialFault(rows) ?? trivialVerdict([codes, ...results]),
  };
}

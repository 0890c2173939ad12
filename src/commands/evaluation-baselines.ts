import { UsageError } from "../core/errors.js";
import type { Unlabelled } from "../core/unlabelled.js";
import type { QueryClasses } from "../datasets/query-classes.js";
import type { SearchResult } from "../experiments/result.js";
import type { DataFolder } from "../features/data-folder.js";
import { rowsOfRole } from "../features/data-folder.js";
import type { Evaluation } from "../metrics/evaluation.js";
import type { EvaluationFlags } from "./evaluation-sides.js";
import type { RankedEvaluation } from "./ranked-evaluation.js";

/** What baselines are compared by: mAP at the cutoffs of the codes, and top-1. */
export type ComparedFigures = Pick<Evaluation, "mAP" | "top1">;

/** How one baseline does on the same queries and database. */
export interface BaselineFigures extends ComparedFigures {
  /** "predicted-class", "lsh", "itq", or "cosine" for the features without coding. */
  readonly method: string;
  readonly title: string;
  /** Null for cosine. */
  readonly bits: number | null;
  /** The same in the database without the queries, where it was asked for and some stand in it. */
  readonly withoutQueries?: ComparedFigures;
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
  own: RankedEvaluation,
  queryClasses: QueryClasses | undefined,
  options: { readonly unlabelled: Unlabelled; readonly dropQueriesFromDatabase: boolean },
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
  const cutoffs = Object.keys(own.mAP).flatMap(cutoff => (cutoff === "all" ? [] : [Number(cutoff)]));
  const { unlabelled, dropQueriesFromDatabase } = options;
  const results = await fittedBaselines(rows, { bits: own.bits, cutoffs, unlabelled, dropQueriesFromDatabase });
  const codes: SearchResult = {
    ...{ method: "codes", title: "This model", bits: own.bits, evaluation: own, byRank: [] },
    ...{
      bytesPerItem: own.by === "cosine" ? 4 * own.bits : Math.ceil(own.bits / 8),
      trainSeconds: 0,
      evaluateSeconds: 0,
    },
    queryClasses: queryClasses ?? classesOf(labels, query, train),
  };
  return {
    baselines: results.map(({ method, title, bits, evaluation, withoutQueries: clean }) => ({
      ...{ method, title, bits, ...comparedFigures(evaluation) },
      ...(clean === undefined ? {} : { withoutQueries: comparedFigures(clean.evaluation) }),
    })),
    verdict: trivialFault(rows) ?? trivialVerdict([codes, ...results]),
  };
}

function comparedFigures({ mAP, top1 }: ComparedFigures): ComparedFigures {
  return { mAP, top1 };
}

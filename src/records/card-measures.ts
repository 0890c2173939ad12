import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { takeLabels } from "../core/take-labels.js";
import type { LabelledSplit } from "../experiments/evaluate-split.js";
import { cosineScores } from "../features/cosine.js";
import type { BootstrapInterval } from "../metrics/bootstrap.js";
import { bootstrapInterval } from "../metrics/bootstrap.js";
import { evaluateCodesInDetail, evaluateScoresInDetail } from "../metrics/evaluate.js";
import type { EvaluateOptions } from "../metrics/evaluate-options.js";
import type { QueryMetrics } from "../metrics/query-metrics.js";
import { takeSide } from "../ranking/side.js";

/** A figure of a model card. */
export interface CardMeasure extends BootstrapInterval {
  readonly name: string;
  /** In words. */
  readonly definition: string;
}

/** How figures of a card are measured. */
type MeasuringOptions = Abortable & Pick<EvaluateOptions, "unlabelled">;

/**
 * What a model card says of codes: means over queries, each with the interval in which 95 % of the means of other draws
 * of queries lie (percentile bootstrap, 2,000 draws of seed 0).
 * @param codes of all rows
 * @param data labels of all rows, and which of them are queries and database
 * @throws {InputError} as `evaluateCodes`
 */
export async function codeMeasures(
  codes: PackedCodes,
  { labels, split }: LabelledSplit,
  { signal, unlabelled }: MeasuringOptions = {},
): Promise<CardMeasure[]> {
  const all = { codes, labels };
  const sides = { queries: takeSide(all, split.query), database: takeSide(all, split.database) };
  const { perQuery } = await evaluateCodesInDetail(sides, { signal, unlabelled });
  return measuresOf(perQuery);
}

/** The same of an embedding, ranked by cosine. @param values (rows, dim) of all rows */
export async function embeddingMeasures(
  values: NdArray<Float32Array>,
  { labels, split }: LabelledSplit,
  { signal, unlabelled }: MeasuringOptions = {},
): Promise<CardMeasure[]> {
  const { query, database } = split;
  const cosine = await cosineScores(takeRows(values, query), takeRows(values, database));
  const sides = { queries: { labels: takeLabels(labels, query) }, database: { labels: takeLabels(labels, database) } };
  const evaluating = evaluateScoresInDetail(sides, cosine.scores, { block: cosine.block, signal, unlabelled });
  return measuresOf((await evaluating.finally(() => cosine.dispose())).perQuery);
}

function measuresOf({ averagePrecision, hits, radius2 }: QueryMetrics): CardMeasure[] {
  const measure = (name: string, definition: string, values: ArrayLike<number>): CardMeasure => ({
    ...{ name, definition },
    ...bootstrapInterval(values),
  });
  return [
    measure("mAP", "mean average precision of the whole ranking, ties in all orders", averagePrecision.all.tieAware),
    measure("top-1", "share of queries whose first result is relevant", hits["1"]),
    ...(radius2 === undefined
      ? []
      : [
          measure(
            "P@H≤2",
            "relevant share within Hamming distance 2, nothing found counts 0",
            Float64Array.from(radius2.size, (size, i) => (size === 0 ? 0 : radius2.hits[i] / size)),
          ),
        ]),
  ];
}

// Figures of results and experiments: plain adapters from records to the builders in plots/.
import { bitBalance } from "../codes/bit-statistics.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { bitBalanceFigure } from "../plots/bit-balance.js";
import { distanceHistogramFigure } from "../plots/distance-histogram.js";
import type { Figure } from "../plots/figure.js";
import type { FigureOptions } from "../plots/figure-layout.js";
import { learningCurvesFigure } from "../plots/learning-curves.js";
import { linesFigure } from "../plots/lines.js";
import type { MetricOfMethod } from "../plots/metric-by-bits.js";
import { metricByBitsFigure } from "../plots/metric-by-bits.js";
import { type PrecisionAtOptions, precisionAtFigure } from "../plots/precision-at.js";
import { type PrecisionRecallOptions, precisionRecallFigure } from "../plots/precision-recall.js";
import { recallAtFigure } from "../plots/recall-at.js";
import { type MethodSeries, seriesStyles } from "../plots/style.js";
import { pairDistances } from "../ranking/pair-distances.js";
import { takeSide } from "../ranking/side.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { SearchResult } from "./result.js";
import { bySeeds, isHamming } from "./result.js";
import type { Experiment } from "./run-experiment.js";
import type { Study } from "./study.js";

type Named = Pick<SearchResult, "title" | "colour" | "bits" | "seed">;

function series({ title, colour = "next", bits, seed }: Named): MethodSeries {
  const named = { method: title, colour, ...(seed === undefined ? {} : { seed }) };
  return bits === null ? named : { ...named, bits };
}

/** What a curve of means over seeds is called. */
function meanSeries({ title, colour, bits }: Named): MethodSeries {
  return series({ title, colour, bits });
}

/** Settings of {@link precisionRecallOf}. */
export interface PrecisionRecallOfOptions extends PrecisionRecallOptions {
  /**
   * What a point of a curve is: a Hamming "radius" (a query that finds nothing within it counts precision 0; results
   * without radii are drawn by rank), or a "rank", the first N results, for all alike. Default: radius.
   */
  readonly by?: "radius" | "rank";
}

/**
 * Precision over recall: by Hamming radius where there is one, or by rank. Results that differ only by their seed
 * are one curve of means, with the deviation of the precision as a band.
 * @throws {InputError} when there is nothing to draw
 */
export function precisionRecallOf(results: readonly SearchResult[], options: PrecisionRecallOfOptions = {}): Figure {
  const { by = "radius", ...rest } = options;
  const curves = bySeeds(results).map(group => {
    const all = group.map(({ evaluation, byRank }) =>
      by === "radius" && isHamming(evaluation) ? evaluation.prByRadius : byRank,
    );
    const means = all[0].map((point, i) => ({
      ...point,
      recall: meanAndDeviation(all.map(points => points[i].recall)).mean,
      precision: meanAndDeviation(all.map(points => points[i].precision)).mean,
      ...(group.length > 1 ? { deviation: meanAndDeviation(all.map(points => points[i].precision)).deviation } : {}),
    }));
    // a radius in which nothing is found has no precision to draw
    return { ...meanSeries(group[0]), points: means.filter(({ recall }) => recall > 0) };
  });
  return precisionRecallFigure(curves, rest);
}

/**
 * Precision among the first N, over N; over several seeds the mean, with the deviation as a band.
 * @throws {InputError} when there is nothing to draw
 */
export function precisionAtOf(results: readonly SearchResult[], options: PrecisionAtOptions = {}): Figure {
  return precisionAtFigure(
    bySeeds(results).map(group => ({ ...rankCurve(group), ...overRanks(group, "precision") })),
    options,
  );
}

/**
 * Recall among the first N, over N: how much of what is relevant in the database has been found; over several seeds the
 * mean, with the deviation as a band.
 * @throws {InputError} when there is nothing to draw
 */
export function recallAtOf(results: readonly SearchResult[], options: PrecisionAtOptions = {}): Figure {
  return recallAtFigure(
    bySeeds(results).map(group => ({ ...rankCurve(group), ...overRanks(group, "recall") })),
    options,
  );
}

function rankCurve(group: readonly SearchResult[]): MethodSeries & { readonly n: number[] } {
  return { ...meanSeries(group[0]), n: group[0].byRank.map(({ rank }) => rank) };
}

/** Means over seeds by rank, and deviations where there are several seeds. */
function overRanks<Measure extends "precision" | "recall">(
  group: readonly SearchResult[],
  measure: Measure,
): Record<Measure, number[]> & { readonly deviation?: number[] } {
  const points = group[0].byRank.map((_, i) => meanAndDeviation(group.map(({ byRank }) => byRank[i][measure])));
  const means = { [measure]: points.map(({ mean }) => mean) } as Record<Measure, number[]>;
  return group.length === 1 ? means : { ...means, deviation: points.map(({ deviation }) => deviation) };
}

/**
 * Tie-aware mAP over the number of bits; over several seeds mean and deviation.
 * @throws {InputError} when there is nothing to draw
 */
export function mapByBitsOf(results: readonly SearchResult[], options: FigureOptions = {}): Figure {
  const values = valuesOverSeeds(results, ({ evaluation }) => evaluation.mAP.all.tieAware);
  return metricByBitsFigure(values, { metric: "mAP (tie-aware)", ...options });
}

/**
 * Precision within Hamming radius 2 over the number of bits; results without radii are left out.
 * @throws {InputError} when there is nothing to draw
 */
export function radiusTwoByBitsOf(results: readonly SearchResult[], options: FigureOptions = {}): Figure {
  const values = valuesOverSeeds(results, ({ evaluation }) =>
    isHamming(evaluation) ? evaluation.radius2.precision : undefined,
  );
  return metricByBitsFigure(values, { metric: "P@H≤2", ...options });
}

/** A value a method and length; over several seeds their mean and deviation. */
function valuesOverSeeds(
  results: readonly SearchResult[],
  of: (result: SearchResult) => number | undefined,
): MetricOfMethod[] {
  return bySeeds(results).flatMap(group => {
    const values = group.flatMap(result => of(result) ?? []);
    if (values.length === 0) return [];
    const { mean, deviation } = meanAndDeviation(values);
    return [{ ...meanSeries(group[0]), value: mean, ...(values.length > 1 ? { deviation } : {}) }];
  });
}

/**
 * Recall within each Hamming radius.
 * @throws {InputError} when there is nothing to draw
 */
export function recallByRadiusOf(
  experiments: readonly Experiment[],
  options: FigureOptions & {
    /** The largest radius drawn, in bits. Default 12. */
    readonly most?: number;
  } = {},
): Figure {
  const { most = 12, ...rest } = options;
  const styles = seriesStyles(experiments.map(({ record }) => series(record)));
  const lines = experiments.map(({ record }, i) => {
    const points = isHamming(record.evaluation) ? record.evaluation.prByRadius.slice(0, most + 1) : [];
    const { name, line } = styles[i];
    return { name, colour: line.color, dash: line.dash, x: points.map(p => p.radius), y: points.map(p => p.recall) };
  });
  const axes = { xAxis: "Hamming radius (bits)", yAxis: "recall within the radius", yRange: [0, 1] as const };
  return linesFigure(lines, { ...axes, ...rest });
}

/**
 * Loss and validation mAP over epochs.
 * @throws {InputError} when there is nothing to draw
 */
export function learningCurvesOf(experiments: readonly Experiment[], options: FigureOptions = {}): Figure {
  const runs = experiments.map(({ record }) => {
    const watched = record.epochs.filter(({ validationMAP }) => validationMAP !== undefined);
    const mAP = watched.map(({ validationMAP }) => validationMAP as number);
    const validation = watched.length > 0 ? { epoch: watched.map(({ epoch }) => epoch), mAP } : undefined;
    return { ...series(record), loss: record.epochs.map(({ loss }) => loss), validation };
  });
  return learningCurvesFigure(runs, options);
}

/**
 * Quantisation error, the mean of | |h| − 1 |, over steps; the first experiment solid, the others dashed.
 * @param named experiments by what the line is to be called
 * @throws {InputError} when there is nothing to draw
 */
export function quantisationOf(named: Readonly<Record<string, Experiment>>): Figure {
  const lines = Object.entries(named).map(([name, { record }], i) => ({
    name,
    dash: i === 0 ? ("solid" as const) : ("dash" as const),
    x: record.steps.map(({ step }) => step),
    y: record.steps.map(({ quantisation }) => quantisation),
  }));
  return linesFigure(lines, { xAxis: "step", yAxis: "quantisation error, mean of | |h| − 1 |" });
}

/**
 * Share of +1 in each bit, 0..1; 0.5 is what informative bits have.
 * @throws {InputError} when there is nothing to draw
 */
export function bitBalanceOf(experiments: readonly Experiment[], options: FigureOptions = {}): Figure {
  const balances = experiments.map(({ record, codes }) => ({
    ...series(record),
    fractions: bitBalance(codes),
  }));
  return bitBalanceFigure(balances, options);
}

/**
 * Hamming distances between queries and database, pairs of one class apart from all others.
 * @param codes of all rows of the dataset
 * @throws {InputError} when codes and labels differ in number
 */
export function distancesOf(study: Study, codes: PackedCodes, options: FigureOptions = {}): Figure {
  const { query, database } = study.split;
  const all = { codes, labels: study.dataset.labels };
  const counts = pairDistances({ queries: takeSide(all, query), database: takeSide(all, database) });
  return distanceHistogramFigure(counts, options);
}

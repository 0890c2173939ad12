// Figures of results and experiments: plain adapters from records to the builders in plots/.
import { bitBalance } from "../codes/bit-statistics.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { bitBalanceFigure } from "../plots/bit-balance.js";
import { distanceHistogramFigure } from "../plots/distance-histogram.js";
import type { Figure } from "../plots/figure.js";
import { learningCurvesFigure } from "../plots/learning-curves.js";
import { linesFigure } from "../plots/lines.js";
import { metricByBitsFigure } from "../plots/metric-by-bits.js";
import { precisionAtFigure } from "../plots/precision-at.js";
import { precisionRecallFigure } from "../plots/precision-recall.js";
import type { FigureOptions } from "../plots/style.js";
import { pairDistances } from "../ranking/pair-distances.js";
import { takeSide } from "../ranking/side.js";
import type { SearchResult } from "./result.js";
import { isHamming, methodName } from "./result.js";
import type { Experiment } from "./run-experiment.js";
import type { Study } from "./study.js";

function series({ method, bits }: Pick<SearchResult, "method" | "bits">): { method: string; bits?: number } {
  return bits === null ? { method: methodName(method) } : { method: methodName(method), bits };
}

/** Precision over recall: by Hamming radius where there is one, else by rank. */
export function precisionRecallOf(results: readonly SearchResult[], options: FigureOptions = {}): Figure {
  const curves = results.map(result => {
    const { evaluation, byRank } = result;
    // a radius in which nothing is found has no precision to draw
    const points = isHamming(evaluation) ? evaluation.prByRadius.filter(({ recall }) => recall > 0) : byRank;
    return { ...series(result), points };
  });
  return precisionRecallFigure(curves, options);
}

/** Precision among the first N, over N. */
export function precisionAtOf(results: readonly SearchResult[], options: FigureOptions = {}): Figure {
  const curves = results.map(result => ({
    ...series(result),
    n: result.byRank.map(({ rank }) => rank),
    precision: result.byRank.map(({ precision }) => precision),
  }));
  return precisionAtFigure(curves, options);
}

/** Tie-aware mAP over the number of bits. */
export function mapByBitsOf(results: readonly SearchResult[], options: FigureOptions = {}): Figure {
  const values = results.map(result => ({ ...series(result), value: result.evaluation.mAP.all.tieAware }));
  return metricByBitsFigure(values, { metric: "mAP (tie-aware)", ...options });
}

/** Precision within Hamming radius 2 over the number of bits; results without radii are left out. */
export function radiusTwoByBitsOf(results: readonly SearchResult[], options: FigureOptions = {}): Figure {
  const values = results.flatMap(result =>
    isHamming(result.evaluation) ? [{ ...series(result), value: result.evaluation.radius2.precision }] : [],
  );
  return metricByBitsFigure(values, { metric: "P@H≤2", ...options });
}

/** Recall within each Hamming radius up to `most`. */
export function recallByRadiusOf(experiments: readonly Experiment[], most = 12): Figure {
  const lines = experiments.map(({ record }) => {
    const points = record.evaluation.prByRadius.slice(0, most + 1);
    return { name: methodName(record.method), x: points.map(p => p.radius), y: points.map(p => p.recall) };
  });
  return linesFigure(lines, { xAxis: "Hamming radius (bits)", yAxis: "recall within the radius", yRange: [0, 1] });
}

/** Loss and validation mAP over epochs. */
export function learningCurvesOf(experiments: readonly Experiment[], options: FigureOptions = {}): Figure {
  const runs = experiments.map(({ record }) => {
    const watched = record.epochs.filter(({ validationMAP }) => validationMAP !== undefined);
    const mAP = watched.map(({ validationMAP }) => validationMAP as number);
    const validation = watched.length > 0 ? { epoch: watched.map(({ epoch }) => epoch), mAP } : undefined;
    return { ...series(record), loss: record.epochs.map(({ loss }) => loss), validation };
  });
  return learningCurvesFigure(runs, options);
}

/** Quantisation error over steps, the first experiment solid, the others dashed. */
export function quantisationOf(named: Readonly<Record<string, Experiment>>): Figure {
  const lines = Object.entries(named).map(([name, { record }], i) => ({
    name,
    dash: i === 0 ? ("solid" as const) : ("dash" as const),
    x: record.steps.map(({ step }) => step),
    y: record.steps.map(({ quantisation }) => quantisation),
  }));
  return linesFigure(lines, { xAxis: "step", yAxis: "quantisation error, mean of | |h| − 1 |" });
}

/** Share of +1 in each bit. */
export function bitBalanceOf(experiments: readonly Experiment[], options: FigureOptions = {}): Figure {
  const balances = experiments.map(({ record, codes }) => ({
    method: methodName(record.method),
    fractions: bitBalance(codes),
  }));
  return bitBalanceFigure(balances, options);
}

/** Hamming distances between queries and database, pairs of one class apart from all others. */
export function distancesOf(study: Study, codes: PackedCodes, options: FigureOptions = {}): Figure {
  const { query, database } = study.split;
  const all = { codes, labels: study.dataset.labels };
  const counts = pairDistances({ queries: takeSide(all, query), database: takeSide(all, database) });
  return distanceHistogramFigure(counts, options);
}

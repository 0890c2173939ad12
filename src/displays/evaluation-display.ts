import type { Display } from "../core/display.js";
import { shownNumber } from "../core/shown-number.js";
import { countText } from "../core/size-text.js";
import type { DetailedEvaluation } from "../metrics/evaluate.js";
import type { Evaluation, MeanAveragePrecision, RankingEvaluation, ScoreEvaluation } from "../metrics/evaluation.js";
import type { RankPoint } from "../metrics/ranks.js";
import { curveSvg } from "./small-pictures.js";
import { type Summary, summaryBundle } from "./summary.js";

type AnyEvaluation = Evaluation | ScoreEvaluation;

/** What was measured of a ranking: the usual figures and the precision-recall curve. */
export const evaluationDisplay: Display<AnyEvaluation> = {
  name: "evaluation",
  is: isEvaluation,
  mime: evaluation => summaryBundle(summaryOf(evaluation)),
};

/** The same with what each query has; of these the least and the median average precision. */
export const detailedEvaluationDisplay: Display<DetailedEvaluation<AnyEvaluation & RankingEvaluation>> = {
  name: "detailed evaluation",
  is: (value): value is DetailedEvaluation<AnyEvaluation & RankingEvaluation> => {
    const { evaluation, perQuery } = (value ?? {}) as DetailedEvaluation<AnyEvaluation & RankingEvaluation>;
    return isEvaluation(evaluation) && perQuery?.averagePrecision !== undefined;
  },
  mime: ({ evaluation, perQuery, byRank }) => {
    const summary = summaryOf(evaluation, byRank);
    const sorted = Float64Array.from(perQuery.averagePrecision.all.tieAware).sort();
    const at = (share: number): string => shownNumber(sorted[Math.floor(share * (sorted.length - 1))]);
    const spread = `${at(0.1)}, ${at(0.5)}, ${at(0.9)}`;
    return summaryBundle({ ...summary, facts: { ...summary.facts, "AP of queries: 10, 50, 90 %": spread } });
  },
};

/** Whether a value is what was measured of a ranking. */
export function isEvaluation(value: unknown): value is AnyEvaluation {
  const { queries, database, mAP, precisionAt } = (value ?? {}) as RankingEvaluation;
  return (
    typeof queries === "number" &&
    typeof database === "number" &&
    typeof mAP?.all?.tieAware === "number" &&
    typeof precisionAt === "object"
  );
}

function summaryOf(evaluation: AnyEvaluation, byRank?: readonly RankPoint[]): Summary {
  const { queries, database, excludesSelf, queriesWithoutRelevant, unlabelled, notes = [] } = evaluation;
  const bits = "bits" in evaluation ? `, ${evaluation.bits} bits` : "";
  return {
    title: "Evaluation",
    about: `${countText(queries)} queries in a database of ${countText(database)}${bits}`,
    facts: figuresOf(evaluation),
    picture: precisionRecallSvg(evaluation, byRank),
    notes: [
      ...(queriesWithoutRelevant > 0 ? [`${countText(queriesWithoutRelevant)} queries have no relevant item.`] : []),
      ...(unlabelled === undefined
        ? []
        : [`Of unknown class: ${unlabelled.queries} queries, ${unlabelled.database} items (${unlabelled.treated}).`]),
      ...(excludesSelf ? ["A query is no result of itself."] : []),
      ...notes,
    ],
  };
}

/** The figures of an evaluation by name, as tables of papers have them. */
export function figuresOf(evaluation: AnyEvaluation): Record<string, string> {
  const { mAP, top1, precisionAt, metrics = {}, published = {} } = evaluation;
  const { all, ...cut } = mAP;
  const conventions = Object.entries(published).flatMap(([name, values]) =>
    Object.entries(values).map(([cutoff, value]) => [`${name}, ${cutoff}`, shownNumber(value)]),
  );
  return {
    mAP: treatmentsText(all),
    ...Object.fromEntries(Object.entries(cut).map(([cutoff, value]) => [`mAP@${cutoff}`, treatmentsText(value)])),
    "top-1": shownNumber(top1),
    ...Object.fromEntries(
      ["10", "100"].filter(n => n in precisionAt).map(n => [`P@${n}`, shownNumber(precisionAt[n])]),
    ),
    ...("radius2" in evaluation ? ballFigures(evaluation) : {}),
    ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, shownNumber(value)])),
    ...Object.fromEntries(conventions),
  };
}

/** Tie-aware, and what ties by row give where that is another number. */
function treatmentsText({ tieAware, stable }: MeanAveragePrecision): string {
  const [aware, byRow] = [shownNumber(tieAware), shownNumber(stable)];
  return aware === byRow ? aware : `${aware} (ties by row: ${byRow})`;
}

function ballFigures({ radius2 }: Evaluation): Record<string, string> {
  const empty = `${shownNumber(100 * radius2.emptyBalls, 1)} % of balls empty`;
  return { "P@H≤2": `${shownNumber(radius2.precision)}, recall ${shownNumber(radius2.recall)}, ${empty}` };
}

/** Precision over recall: by radius for codes, else by rank. */
export function precisionRecallSvg(evaluation: AnyEvaluation, byRank?: readonly RankPoint[]): string | undefined {
  const byRadius = "prByRadius" in evaluation ? evaluation.prByRadius : undefined;
  const points =
    byRadius?.filter(({ recall }) => recall > 0) ?? ("prByRank" in evaluation ? evaluation.prByRank : byRank);
  if (points === undefined) return undefined;
  return curveSvg({
    label: `precision over recall, by ${byRadius === undefined ? "rank" : "radius"}`,
    x: points.map(({ recall }) => recall),
    y: points.map(({ precision }) => precision),
    xRange: [0, 1],
    yRange: [0, 1],
    xName: "recall",
  });
}

import type { Evaluation, RankingEvaluation, ScoreEvaluation } from "../metrics/evaluation.js";
import type { RankPoint } from "../metrics/ranks.js";

/** How one way to search did: learned codes, or a baseline. */
export interface SearchResult {
  readonly method: "hashnet" | "dch" | "lsh" | "cosine";
  /** Bits of the codes; null for exhaustive search on features. */
  readonly bits: number | null;
  readonly evaluation: Evaluation | ScoreEvaluation;
  /** Precision and recall of the first places, over ranks. */
  readonly byRank: readonly RankPoint[];
  /** Bytes that the database holds of each item. */
  readonly bytesPerItem: number;
  /** Seconds of learning; 0 for baselines. */
  readonly trainSeconds: number;
  /** Seconds to rank and measure all queries. */
  readonly evaluateSeconds: number;
}

/** A row of the results table. */
export type ResultRow = {
  readonly method: string;
  readonly bits: number | string;
  readonly "bytes/item": number;
  readonly mAP: number;
  readonly "P@100": number;
  readonly "P@H≤2": number | string;
  readonly "empty balls": number | string;
  readonly "top-1": number;
  readonly "train s": number;
  readonly "evaluate s": number;
};

const NAMES = { hashnet: "HashNet", dch: "DCH", lsh: "LSH (not learned)", cosine: "cosine on features" } as const;

/** A method's name as papers write it. */
export function methodName(method: SearchResult["method"]): string {
  return NAMES[method];
}

/** Rows for a table in a cell: mAP is tie-aware, over the whole ranking. Numbers rounded to what is significant. */
export function resultRows(results: readonly SearchResult[]): ResultRow[] {
  return results.map(({ method, bits, evaluation, bytesPerItem, trainSeconds, evaluateSeconds }) => {
    const ball = isHamming(evaluation) ? evaluation.radius2 : undefined;
    return {
      method: methodName(method),
      bits: bits ?? "–",
      "bytes/item": bytesPerItem,
      mAP: rounded(evaluation.mAP.all.tieAware, 3),
      "P@100": rounded(evaluation.precisionAt["100"], 3),
      "P@H≤2": ball === undefined ? "–" : rounded(ball.precision, 3),
      "empty balls": ball === undefined ? "–" : rounded(ball.emptyBalls, 3),
      "top-1": rounded(evaluation.top1, 3),
      "train s": rounded(trainSeconds, 1),
      "evaluate s": rounded(evaluateSeconds, 2),
    };
  });
}

/** Tells the evaluation of Hamming rankings from that of real-valued scores. */
export function isHamming(evaluation: RankingEvaluation): evaluation is Evaluation {
  return "radius2" in evaluation;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** A row of the table on Hamming balls. (A type, not an interface: tables take objects with any keys.) */
export type BallRow = {
  readonly name: string;
  readonly "P@H≤2": number;
  readonly "recall@H≤2": number;
  readonly "mAP@H≤2": number;
  readonly "empty balls": number;
  /** Tie-aware, over the whole ranking. */
  readonly mAP: number;
};

/** Rows that compare results within Hamming radius 2. */
export function ballRows(named: Readonly<Record<string, { readonly evaluation: Evaluation }>>): BallRow[] {
  return Object.entries(named).map(([name, { evaluation }]) => {
    const { precision, recall, mAP, emptyBalls } = evaluation.radius2;
    return {
      name,
      "P@H≤2": precision,
      "recall@H≤2": recall,
      "mAP@H≤2": mAP,
      "empty balls": emptyBalls,
      mAP: evaluation.mAP.all.tieAware,
    };
  });
}

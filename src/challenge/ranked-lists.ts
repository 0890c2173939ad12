import { bestByScore } from "../ranking/best-by-score.js";

/** What was found for one query, best first. */
export interface RankedList {
  /** (k,) rows of the gallery; ties by ascending row. */
  readonly indices: Int32Array;
  /** (k,) larger is nearer; comparable within the list. */
  readonly scores: Float32Array;
}

/**
 * The best of some gallery rows.
 * @param scores (rows,) of the rows in their order; NaN is refused
 * @param rows (rows,) ascending, so that ties keep the order of the gallery. Default: all, 0, 1, …
 */
export function bestOf(scores: Float32Array, k: number, rows?: Int32Array): RankedList {
  const best = bestByScore(scores, k);
  return {
    indices: rows === undefined ? best : best.map(place => rows[place]),
    scores: Float32Array.from(best, place => scores[place]),
  };
}

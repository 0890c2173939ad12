import { TopLists } from "./top-lists.js";

/**
 * The k items of highest score, best first, ties by ascending index: the head of what `rankByScore` gives, without
 * ordering the rest. Time is linear in the scores, plus k·log k.
 * @param scores (items,), any numbers but NaN
 * @param k how many; cut to the number of items
 * @returns (k,) indices
 * @throws {InputError} when a score is NaN
 */
export function bestByScore(scores: Float32Array, k: number): Int32Array {
  const size = Math.min(k, scores.length);
  if (size === 0) return new Int32Array(0);
  const best = new TopLists(1, size);
  best.offer(0, scores);
  return best.list(0).indices;
}

import { InputError } from "../core/errors.js";

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
  const heap = new Int32Array(size); // the worst of those kept is at 0
  let kept = 0;
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item];
    if (kept < size) {
      if (Number.isNaN(score)) throw notANumber(item);
      heap[kept] = item;
      rise(heap, kept++, scores);
    } else if (size > 0 && !(score <= scores[heap[0]])) {
      if (Number.isNaN(score)) throw notANumber(item);
      heap[0] = item; // at equal scores the earlier item stays
      sink(heap, size, scores);
    }
  }
  return heap.sort((a, b) => scores[b] - scores[a] || a - b);
}

function notANumber(item: number): InputError {
  return new InputError("a score is NaN", { actual: `NaN for item ${item}` });
}

/** Whether item a stands behind item b. */
function isWorse(a: number, b: number, scores: Float32Array): boolean {
  return scores[a] < scores[b] || (scores[a] === scores[b] && a > b);
}

function rise(heap: Int32Array, from: number, scores: Float32Array): void {
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isWorse(heap[at], heap[parent], scores)) return;
    [heap[at], heap[parent]] = [heap[parent], heap[at]];
    at = parent;
  }
}

function sink(heap: Int32Array, size: number, scores: Float32Array): void {
  let at = 0;
  for (;;) {
    let worst = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < size && isWorse(heap[child], heap[worst], scores)) worst = child;
    }
    if (worst === at) return;
    [heap[at], heap[worst]] = [heap[worst], heap[at]];
    at = worst;
  }
}

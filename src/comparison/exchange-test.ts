import { Random } from "../core/random.js";
import type { TestedPair } from "./pairs.js";
import { pairsOf } from "./pairs.js";

/** Sums that differ by rounding only count as equal. */
const SLACK = 1e-9;

/**
 * Fisher's randomisation test of all pairs at once, over queries (Smucker, Allan, Carterette, CIKM 2007): were two methods
 * the same, the signs of each query's difference would be chance. One draw of signs serves all pairs, so that the largest
 * statistic of a draw tells how large the largest of as many pairs is by chance (single-step max-T: Westfall and Young, 1993,
 * for retrieval Carterette, TOIS 2012). The difference is divided by the root of the sum of squares, which signs leave as it is.
 * @param values by entry, (queries,)
 * @param draws all patterns of signs are tried when there are no more than that
 */
export function exchangeTest(
  values: readonly Float64Array[],
  { draws, seed }: { readonly draws: number; readonly seed: number },
): TestedPair[] {
  const queries = values[0].length;
  const pairs = pairsOf(values.length);
  const sizes = pairs.map(([a, b]) => Math.sqrt(squaresOf(values[a], values[b])));
  const observed = statisticsOf(values, new Int8Array(queries).fill(1), pairs, sizes);
  const exact = 2 ** queries <= draws;
  const count = exact ? 2 ** queries : draws;
  const random = new Random(seed).stream("exchange test");
  const signs = new Int8Array(queries);
  const single = new Float64Array(pairs.length);
  const family = new Float64Array(pairs.length);
  for (let draw = 0; draw < count; draw++) {
    if (exact) patternOf(draw, signs);
    else drawSigns(random, signs);
    const found = statisticsOf(values, signs, pairs, sizes);
    const largest = found.reduce((most, value) => Math.max(most, value), 0);
    for (let p = 0; p < pairs.length; p++) {
      if (found[p] >= observed[p] - SLACK) single[p]++;
      if (largest >= observed[p] - SLACK) family[p]++;
    }
  }
  // What was drawn counts with what was observed as one of it, so that p is never 0.
  const share = (extreme: number): number => (exact ? extreme / count : (extreme + 1) / (count + 1));
  return pairs.map((_, p) => ({ pValue: share(single[p]), corrected: share(family[p]) }));
}

function squaresOf(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let q = 0; q < a.length; q++) sum += (a[q] - b[q]) ** 2;
  return sum;
}

/** Of each pair, the size of the signed sum of differences over the root of the sum of their squares. */
function statisticsOf(
  values: readonly Float64Array[],
  signs: Int8Array,
  pairs: readonly (readonly [number, number])[],
  sizes: readonly number[],
): Float64Array {
  const sums = Float64Array.from(values, ofEntry => {
    let sum = 0;
    for (let q = 0; q < signs.length; q++) sum += signs[q] * ofEntry[q];
    return sum;
  });
  return Float64Array.from(pairs, ([a, b], p) => (sizes[p] === 0 ? 0 : Math.abs(sums[a] - sums[b]) / sizes[p]));
}

function patternOf(pattern: number, signs: Int8Array): void {
  for (let q = 0; q < signs.length; q++) signs[q] = (pattern >> q) & 1 ? -1 : 1;
}

function drawSigns(random: Random, signs: Int8Array): void {
  let bits = 0;
  for (let q = 0; q < signs.length; q++) {
    if (q % 30 === 0) bits = random.integer(2 ** 30); // one draw serves thirty queries
    signs[q] = (bits >> (q % 30)) & 1 ? -1 : 1;
  }
}

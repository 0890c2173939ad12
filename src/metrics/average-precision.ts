import type { TieGroups } from "../ranking/distance-histogram.js";
import { hitsAt } from "./ranks.js";

export interface AveragePrecisionOptions {
  /** Only the first `cutoff` places count. Default: the whole ranking; at least 1. */
  cutoff?: number;
  /** The sum of the precisions at all relevant items, where it is known. Default: made here, where it is needed. */
  precisionSum?: number;
}

export interface TieAwareOptions extends Pick<AveragePrecisionOptions, "cutoff"> {
  /** {@link harmonicNumbers} up to the database's size or more, made once for many queries. Default: made here. */
  harmonic?: Float64Array;
}

/**
 * Average precision of a ranking without ties, or with ties broken: the mean of the precisions at the relevant items,
 * AP = (1/D) Σ_i i / rank_i. D is the number of relevant items in the database P, or min(P, cutoff) with a cutoff.
 * @param relevantRanks (P,) ranks from 1, ascending
 * @returns 0..1; 0 when nothing is relevant
 */
export function averagePrecision(relevantRanks: Int32Array, options: AveragePrecisionOptions = {}): number {
  const { cutoff } = options;
  const relevant = relevantRanks.length;
  if (relevant === 0) return 0;
  if (cutoff === undefined && options.precisionSum !== undefined) return options.precisionSum / relevant;
  const counted = cutoff === undefined ? relevant : hitsAt(relevantRanks, cutoff);
  return precisionSum(relevantRanks, counted) / (cutoff === undefined ? relevant : Math.min(relevant, cutoff));
}

/**
 * The sum of the precisions at the first `count` relevant items, in four sums side by side: in the order in which the
 * WebAssembly kernel adds (`precisionSum` in assembly/hamming.ts), so that both give the same to the last bit.
 */
function precisionSum(ranks: Int32Array, count: number): number {
  const fours = count - (count & 3);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < fours; i += 4) {
    a += (i + 1) / ranks[i];
    b += (i + 2) / ranks[i + 1];
    c += (i + 3) / ranks[i + 2];
    d += (i + 4) / ranks[i + 3];
  }
  let sum = a + c + (b + d);
  for (let i = fours; i < count; i++) sum += (i + 1) / ranks[i];
  return sum;
}

/**
 * Tie-aware average precision: the expectation of {@link averagePrecision} over all orders of tied items (McSherry and
 * Najork, ECIR 2008, section 3; He, Cakir, Bargal, Sclaroff, CVPR 2018, eq. 6). A group of n items, p of them relevant,
 * that follows N items with R relevant ones, adds (p/n) Σ_{j=1..n} [R + 1 + (j−1)(p−1)/(n−1)] / (N + j) to D·AP. With
 * i = N + j and c = (p−1)/(n−1) the sum over i = N+1..M is c (M − N) + (R + 1 − c (N + 1)) (H_M − H_N), H the
 * {@link harmonicNumbers}, so that a query costs as many steps as there are groups. A cutoff bounds M.
 * @returns 0..1; 0 when nothing is relevant
 */
export function tieAwareAveragePrecision(groups: TieGroups, options: TieAwareOptions = {}): number {
  const { sizes, relevant } = groups;
  const cutoff = options.cutoff ?? Number.POSITIVE_INFINITY;
  const harmonic = options.harmonic ?? harmonicNumbers(total(sizes));
  let before = 0; // N
  let relevantBefore = 0; // R
  let sum = 0;
  for (let g = 0; g < sizes.length && before < cutoff; g++) {
    const n = sizes[g];
    const p = relevant[g];
    if (p > 0) {
      const end = Math.min(before + n, cutoff); // M
      const c = n === 1 ? 0 : (p - 1) / (n - 1);
      const head = (relevantBefore + 1 - c * (before + 1)) * (harmonic[end] - harmonic[before]);
      sum += (p / n) * (c * (end - before) + head);
    }
    before += n;
    relevantBefore += p;
  }
  const all = before < total(sizes) ? total(relevant) : relevantBefore;
  return all === 0 ? 0 : sum / Math.min(all, cutoff);
}

function total(values: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

/**
 * Harmonic numbers H_0 = 0, H_1 = 1, …, H_count, summed with compensation (Kahan): each is right to the last bit or
 * two, which the differences taken of them need.
 * @returns (count + 1,)
 */
export function harmonicNumbers(count: number): Float64Array {
  const harmonic = new Float64Array(count + 1);
  let lost = 0;
  for (let i = 1; i <= count; i++) {
    const term = 1 / i - lost;
    harmonic[i] = harmonic[i - 1] + term;
    lost = harmonic[i] - harmonic[i - 1] - term;
  }
  return harmonic;
}

import { gainsOf } from "./gains.js";
import { eachHypergeometric } from "./hypergeometric.js";
import type { Metric } from "./metric.js";

/**
 * Weighted average precision (Zhao, Huang, Wang, Tan, CVPR 2015; `WAP` of github.com/iTomxy/ml-template).
 *
 * Its expectation over orders of tied items: t places behind N items, which hold labels shared G in all, are taken by h
 * relevant items of ḡ shared labels each in the mean. Place N + j holds a relevant item with chance h/t, together with any
 * one of the j − 1 places before it with chance h(h−1)/(t(t−1)), so that it adds [(h/t)(G + ḡ) + (j−1) ḡ h(h−1)/(t(t−1))]
 * / (N + j). A cutoff inside of a tie leaves open how many of its relevant items come before: their number is
 * hypergeometric, and the divisor depends on it, so that the expectation is taken number by number.
 */
export const wap: Metric = {
  name: "wap",
  definition:
    "weighted average precision: the mean over the relevant items among the first K places of ACG at their place, that is of " +
    "(1/i) Σ_{j≤i} r_j, r_j the labels shared; divided by the relevant items found there, 0 where there are none; not bounded " +
    "by 1; tie-aware: the expectation over random orders of tied items",
  column: "WAP",
  cutoffs: "optional",
  graded: true,
  perQuery(ranking, { cutoff = Number.POSITIVE_INFINITY, harmonic }) {
    const gains = gainsOf(ranking);
    const { sizes, relevant } = ranking.groups;
    let [before, found, cumulated, sum] = [0, 0, 0, 0]; // N, relevant items and G before this group, what these added
    for (let g = 0, at = 0; g < sizes.length && before < cutoff; g++) {
      const [n, p] = [sizes[g], relevant[g]];
      let shared = 0;
      for (const end = at + p; at < end; at++) shared += gains[at];
      const mean = p === 0 ? 0 : shared / p;
      const tie = { places: Math.min(n, cutoff - before), before, cumulated, mean };
      if (tie.places < n && p > 0) return cutWithin(tie, n, p, found, sum, harmonic);
      if (p > 0) sum += expectedAddition(tie, p, harmonic);
      before += n;
      found += p;
      cumulated += shared;
    }
    return found === 0 ? 0 : sum / found;
  },
};

interface Tie {
  /** t */
  readonly places: number;
  /** N */
  readonly before: number;
  /** G */
  readonly cumulated: number;
  /** ḡ */
  readonly mean: number;
}

/** What h relevant items in the places of a tie add to the sum, expected. */
function expectedAddition({ places, before, cumulated, mean }: Tie, h: number, harmonic: Float64Array): number {
  const each = (h / places) * (cumulated + mean);
  const slope = places === 1 ? 0 : (mean * h * (h - 1)) / (places * (places - 1));
  const end = before + places;
  // Σ_{i=N+1..N+t} [each + slope (i − N − 1)] / i
  return slope * places + (each - slope * (before + 1)) * (harmonic[end] - harmonic[before]);
}

/** The expectation where the cutoff lies within a tie of n items, p of them relevant. */
function cutWithin(tie: Tie, n: number, p: number, found: number, sum: number, harmonic: Float64Array): number {
  let expected = 0;
  eachHypergeometric({ items: n, marked: p, drawn: tie.places }, (h, chance) => {
    if (found + h > 0) expected += (chance * (sum + expectedAddition(tie, h, harmonic))) / (found + h);
  });
  return expected;
}

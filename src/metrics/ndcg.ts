import type { QueryRanking } from "../ranking/query-ranking.js";
import { gainsOf } from "./gains.js";
import type { Metric, MetricContext } from "./metric.js";

/**
 * Normalised discounted cumulative gain (Järvelin and Kekäläinen, TOIS 2002). The gain 2^r − 1 is what codes of multi-label
 * hashing use (github.com/kunhe/TALR, github.com/fzhuang3/VDSSH, github.com/iTomxy/ml-template); scikit-learn's
 * `ndcg_score` has the linear one, {@link linearNdcg}.
 */
export const ndcg: Metric = {
  name: "ndcg",
  definition:
    "normalised discounted cumulative gain: Σ_i (2^r_i − 1) / log2(i + 1) over places i up to K, r_i the labels that the " +
    "item shares with the query, divided by the same sum of the best order; tie-aware: the expectation over random orders " +
    "of tied items (He, Cakir, Bargal, Sclaroff, CVPR 2018)",
  column: "NDCG",
  cutoffs: "optional",
  graded: true,
  perQuery: (ranking, context) => normalisedGain(ranking, context, shared => 2 ** shared - 1),
};

/** {@link ndcg} with the number of shared labels itself for gain. */
export const linearNdcg: Metric = {
  name: "ndcg-linear",
  definition:
    "normalised discounted cumulative gain with linear gain: Σ_i r_i / log2(i + 1) over places i up to K, divided by the " +
    "same sum of the best order; tie-aware, as ndcg_score of scikit-learn",
  column: "NDCG, linear gain",
  cutoffs: "optional",
  graded: true,
  perQuery: (ranking, context) => normalisedGain(ranking, context, shared => shared),
};

function normalisedGain(ranking: QueryRanking, context: MetricContext, gain: (shared: number) => number): number {
  const { discounts, cutoff = Number.POSITIVE_INFINITY } = context;
  const gains = gainsOf(ranking);
  const { sizes, relevant } = ranking.groups;
  let cumulated = 0;
  for (let g = 0, before = 0, at = 0; g < sizes.length && before < cutoff; g++) {
    let sum = 0;
    for (const end = at + relevant[g]; at < end; at++) sum += gain(gains[at]);
    const end = before + sizes[g];
    if (sum > 0) cumulated += (sum / sizes[g]) * (discounts[Math.min(end, cutoff)] - discounts[before]);
    before = end;
  }
  return cumulated / best(gains, context, gain);
}

/** The sum of the best order, by counting: items of more shared labels first. */
function best(gains: Uint16Array, { discounts, cutoff }: MetricContext, gain: (shared: number) => number): number {
  const most = Math.min(gains.length, cutoff ?? gains.length);
  const counts: number[] = [];
  for (const shared of gains) counts[shared] = (counts[shared] ?? 0) + 1;
  let sum = 0;
  for (let shared = counts.length - 1, before = 0; shared > 0 && before < most; shared--) {
    const end = Math.min(before + (counts[shared] ?? 0), most);
    sum += gain(shared) * (discounts[end] - discounts[before]);
    before = end;
  }
  return sum;
}

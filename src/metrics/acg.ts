import { gainsOf } from "./gains.js";
import type { Metric } from "./metric.js";

/** Average cumulative gain (Järvelin and Kekäläinen, SIGIR 2000), as multi-label hashing reports it. */
export const acg: Metric = {
  name: "acg",
  definition:
    "average cumulative gain: the mean number of labels that the first K items share with the query, of all items where " +
    "there are fewer; 0 or more, not bounded by 1; tie-aware: the expectation over random orders of tied items " +
    "(Zhao, Huang, Wang, Tan, CVPR 2015)",
  column: "ACG",
  cutoffs: "required",
  graded: true,
  perQuery(ranking, { cutoff = Number.POSITIVE_INFINITY }) {
    const gains = gainsOf(ranking);
    const { sizes, relevant } = ranking.groups;
    let cumulated = 0;
    let before = 0;
    for (let g = 0, at = 0; g < sizes.length && before < cutoff; g++) {
      let sum = 0;
      for (const end = at + relevant[g]; at < end; at++) sum += gains[at];
      const counted = Math.min(sizes[g], cutoff - before);
      if (sum > 0) cumulated += (sum * counted) / sizes[g];
      before += counted;
    }
    return cumulated / before;
  },
};

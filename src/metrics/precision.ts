import type { Metric } from "./metric.js";

/** Precision of the first places, as figures of "precision at top N returned" draw it. */
export const precision: Metric = {
  name: "precision",
  definition:
    "precision at K: the relevant share of the first K items, of all items where there are fewer; tie-aware: the expectation " +
    "over random orders of tied items (`precisionAt` has ties by ascending index)",
  column: "P",
  cutoffs: "required",
  perQuery({ groups: { sizes, relevant } }, { cutoff = Number.POSITIVE_INFINITY }) {
    let hits = 0;
    let before = 0;
    for (let g = 0; g < sizes.length && before < cutoff; g++) {
      const counted = Math.min(sizes[g], cutoff - before);
      if (relevant[g] > 0) hits += (relevant[g] * counted) / sizes[g];
      before += counted;
    }
    return hits / before;
  },
};

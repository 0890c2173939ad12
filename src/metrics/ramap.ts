import type { TieGroups } from "../ranking/distance-histogram.js";
import type { Metric, MetricContext } from "./metric.js";

/**
 * Radius-aware mean average precision (Jiang, Li, Li, "On the evaluation metric for hashing", arXiv 1905.10951): precision
 * within each Hamming radius over the buckets that a look-up of that radius visits, in the mean over radii 0..R.
 *
 * The paper's text was not at hand when this was written. The formula is what its abstract and a summary of it say, and what
 * a function `get_RAMAP(…, cost=True)` computes that is found in public code naming the paper; compare with the paper before
 * figures are set beside its own.
 */
export const ramap: Metric = {
  name: "ramap",
  definition:
    "radius-aware average precision: (1/(R+1)) Σ_{r=0..R} P(r) / B(r), P(r) the relevant share of the items within Hamming " +
    "radius r, 0 for an empty ball, B(r) = Σ_{i≤r} C(bits, i) the buckets that look-ups of radius r visit; R = bits, or K; " +
    "ties do not matter (after arXiv 1905.10951 and public code, not checked against the paper)",
  column: "RAMAP",
  cutoffs: "optional",
  radii: true,
  perQuery: ({ groups }, context) => overRadii(groups, context, true),
};

/** {@link ramap} without the cost of look-ups, `get_RAMAP(…, cost=False)`: the mean precision over radii. */
export const plainRamap: Metric = {
  name: "ramap-plain",
  definition:
    "mean precision over Hamming radii: (1/(R+1)) Σ_{r=0..R} P(r), P(r) the relevant share of the items within radius r, 0 " +
    "for an empty ball; R = bits, or K; ties do not matter",
  column: "RAMAP without cost",
  cutoffs: "optional",
  radii: true,
  perQuery: ({ groups }, context) => overRadii(groups, context, false),
};

function overRadii({ sizes, relevant }: TieGroups, { cutoff }: MetricContext, cost: boolean): number {
  const bits = sizes.length - 1;
  const largest = Math.min(cutoff ?? bits, bits);
  let [size, hits, sum] = [0, 0, 0];
  let [choices, buckets] = [1, 0]; // C(bits, radius), and their sum
  for (let radius = 0; radius <= largest; radius++) {
    size += sizes[radius];
    hits += relevant[radius];
    buckets += choices;
    choices = (choices * (bits - radius)) / (radius + 1);
    if (size > 0) sum += hits / (cost ? size * buckets : size);
  }
  return sum / (largest + 1);
}

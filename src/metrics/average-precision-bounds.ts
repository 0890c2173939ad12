import type { TieGroups } from "../ranking/distance-histogram.js";
import type { TieAwareOptions } from "./average-precision.js";
import { harmonicNumbers } from "./average-precision.js";

/** The best and the worst average precision that an order of tied items can give. */
export interface AveragePrecisionBounds {
  /** Relevant items first in each tie. */
  readonly optimistic: number;
  /** Relevant items last in each tie. */
  readonly pessimistic: number;
}

/**
 * Bounds of the average precision over all orders of tied items: what an unstable sort may report lies between them.
 * A group of n items, p of them relevant, that follows N items with R relevant ones, has its relevant items at places
 * a+1 .. a+p, a = N at best and a = N + n − p at worst; they add Σ_{i=a+1..a+p} (R + i − a) / i, which is
 * (M − a) + (R − a)(H_M − H_a), M = a + p or the cutoff, H the harmonic numbers.
 * @returns 0..1 both; 0 when nothing is relevant
 */
export function averagePrecisionBounds(groups: TieGroups, options: TieAwareOptions = {}): AveragePrecisionBounds {
  const { sizes, relevant } = groups;
  const cutoff = options.cutoff ?? Number.POSITIVE_INFINITY;
  const harmonic = options.harmonic ?? harmonicNumbers(sizes.reduce((sum, size) => sum + size, 0));
  let before = 0; // N
  let relevantBefore = 0; // R
  let best = 0;
  let worst = 0;
  for (let g = 0; g < sizes.length; g++) {
    const p = relevant[g];
    best += run(before, p, relevantBefore, cutoff, harmonic);
    worst += run(before + sizes[g] - p, p, relevantBefore, cutoff, harmonic);
    before += sizes[g];
    relevantBefore += p;
  }
  if (relevantBefore === 0) return { optimistic: 0, pessimistic: 0 };
  const divisor = Math.min(relevantBefore, cutoff);
  return { optimistic: best / divisor, pessimistic: worst / divisor };
}

/** The sum of precisions of `p` relevant items at the places that follow the first `a`, `found` being relevant earlier. */
function run(a: number, p: number, found: number, cutoff: number, harmonic: Float64Array): number {
  const end = Math.min(a + p, cutoff);
  return end <= a ? 0 : end - a + (found - a) * (harmonic[end] - harmonic[a]);
}

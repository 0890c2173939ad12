import type { EntryParts } from "./variance-parts.js";

/** So many degrees of freedom the variance of all entries together weighs beside that of an entry itself. */
export const PRIOR_FREEDOM = 2;

/** Variances over seeds (for one seed each) and what is known of them. */
export interface SeedVariances {
  /** Of all entries together, weighted by their degrees of freedom. */
  readonly pooled: number;
  /** Degrees of freedom of `pooled`. */
  readonly freedom: number;
}

/** The entries' common variance over seeds. Those without chance and those of one seed say nothing of it. */
export function pooledSeedVariance(parts: readonly EntryParts[]): SeedVariances {
  let freedom = 0;
  let sum = 0;
  for (const { seeds, fixed, seedVariance } of parts) {
    if (fixed || seedVariance === undefined) continue;
    freedom += seeds - 1;
    sum += (seeds - 1) * seedVariance;
  }
  return { pooled: freedom === 0 ? 0 : sum / freedom, freedom };
}

/**
 * The variance over seeds that an entry is tested with: its own, drawn towards the common one, for three seeds tell little
 * of a variance (the moderated variance of Smyth, 2004, equation 9, with a prior of 2 degrees of freedom). An entry of one
 * seed has the common one; one without chance none.
 */
export function moderatedVariance(
  { seeds, fixed }: Pick<EntryParts, "seeds" | "fixed">,
  own: number,
  pooled: number,
): number {
  if (fixed) return 0;
  return ((seeds - 1) * own + PRIOR_FREEDOM * pooled) / (seeds - 1 + PRIOR_FREEDOM);
}

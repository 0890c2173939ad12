import type { EntryParts } from "./variance-parts.js";

/** So many degrees of freedom the variance of all entries together weighs beside that of an entry itself. */
export const PRIOR_FREEDOM = 2;

/** With fewer degrees of freedom a kind of entries says too little of its own: it is taken to vary as all do. */
const LEAST_FREEDOM = 2;

/** Variances over seeds (for one seed each) of entries that are taken to vary alike, and what is known of them. */
export interface SeedVariances {
  /** Of the entries together, weighted by their degrees of freedom. */
  readonly pooled: number;
  /** Degrees of freedom of `pooled`. */
  readonly freedom: number;
  /** Places of the entries that it is made of. */
  readonly members: readonly number[];
}

/** What of an entry its variance over seeds is taken from. */
type SeedPart = Pick<EntryParts, "seeds" | "fixed" | "seedVariance">;

/** The entries' common variance over seeds. Those without chance and those of one seed say nothing of it. */
export function pooledSeedVariance(
  parts: readonly SeedPart[],
  entries: readonly number[] = parts.map((_, m) => m),
): SeedVariances {
  const members = entries.filter(m => !parts[m].fixed && parts[m].seedVariance !== undefined);
  const freedom = members.reduce((sum, m) => sum + parts[m].seeds - 1, 0);
  const squares = members.reduce((sum, m) => sum + (parts[m].seeds - 1) * parts[m].seedVariance!, 0);
  return { pooled: freedom === 0 ? 0 : squares / freedom, freedom, members };
}

/**
 * By entry, the common variance of its kind. Random projections vary several times as much over seeds as trainings do: were
 * all taken to vary alike, LSH in a table would hide what sets two trained methods apart.
 * @param kinds by entry
 */
export function seedVariancesByKind(parts: readonly SeedPart[], kinds: readonly string[]): SeedVariances[] {
  const all = pooledSeedVariance(parts);
  const places = parts.map((_, m) => m);
  const byKind = new Map(
    [...new Set(kinds)].map(kind => [
      kind,
      pooledSeedVariance(
        parts,
        places.filter(m => kinds[m] === kind),
      ),
    ]),
  );
  return kinds.map(kind => (byKind.get(kind)!.freedom < LEAST_FREEDOM ? all : byKind.get(kind)!));
}

/** Degrees of freedom of a moderated variance: those of all it is made of at most. */
export function moderatedFreedom({ seeds }: Pick<EntryParts, "seeds">, { freedom }: SeedVariances): number {
  return Math.max(1, Math.min(seeds - 1 + PRIOR_FREEDOM, freedom));
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

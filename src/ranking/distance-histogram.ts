/**
 * A ranking with its ties: groups of items that rank equal, best group first. Hamming distances give bits+1 groups
 * (some empty), one a distance; real-valued scores give a group for each different score.
 */
export interface TieGroups {
  /** (groups,) items in each. */
  readonly sizes: Uint32Array;
  /** (groups,) relevant items in each. */
  readonly relevant: Uint32Array;
}

/**
 * How many items lie at each distance.
 * @param distances (database,), 0..bits
 * @returns (bits + 1,)
 */
export function distanceHistogram(distances: Uint16Array, bits: number): Uint32Array {
  const sizes = new Uint32Array(bits + 1);
  for (let i = 0; i < distances.length; i++) sizes[distances[i]]++;
  return sizes;
}

/**
 * How many items, and how many relevant ones, lie at each distance.
 * @param distances (database,), 0..bits
 * @param mask (database,), 1 for relevant items, 0 for the others
 */
export function relevanceHistograms(distances: Uint16Array, mask: Uint8Array, bits: number): TieGroups {
  const sizes = new Uint32Array(bits + 1);
  const relevant = new Uint32Array(bits + 1);
  for (let i = 0; i < distances.length; i++) {
    const distance = distances[i];
    sizes[distance]++;
    relevant[distance] += mask[i];
  }
  return { sizes, relevant };
}

import type { Random } from "../../src/core/random.js";

/** How values are drawn: standard deviations, and numbers. */
export interface NullTable {
  readonly entries: number;
  readonly seeds: number | readonly number[];
  readonly queries: number;
  /** Of seeds: of the last entry, so many times as much. */
  readonly seed: number;
  readonly last?: number;
  /** Of entry x query. */
  readonly pairing: number;
  /** Of seed x query. */
  readonly error: number;
  /** Added to the first entry: 0 where nothing differs. */
  readonly shift?: number;
}

/** Values of entries that differ by chance alone (but for the shift), by entry, seed and query. */
export function drawTable(random: Random, how: NullTable): Float64Array[][] {
  const { entries, seeds, queries, seed, last = 1, pairing, error, shift = 0 } = how;
  const common = random.normals(queries, 0.2);
  return Array.from({ length: entries }, (_, m) => {
    const own = random.normals(queries, pairing);
    return Array.from({ length: typeof seeds === "number" ? seeds : seeds[m] }, () => {
      const [effect] = random.normals(1, seed * (m === entries - 1 ? last : 1));
      const noise = random.normals(queries, error);
      return Float64Array.from(common, (value, q) => value + own[q] + effect + noise[q] + (m === 0 ? shift : 0));
    });
  });
}

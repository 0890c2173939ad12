import { relevanceHistograms } from "./distance-histogram.js";
import { hammingScan } from "./hamming-distances.js";
import { codesRelevance } from "./query-ranking.js";
import type { Sides, SideWith } from "./side.js";

/** Numbers of query-database pairs at each Hamming distance 0..bits. */
export interface PairDistances {
  /** Pairs that share a label, (bits + 1). */
  readonly same: Float64Array;
  /** Pairs that do not, (bits + 1). */
  readonly different: Float64Array;
}

/** Counts the distances of all query-database pairs; memory does not grow with their number. */
export function pairDistances(sides: Sides<SideWith<"codes" | "labels">>): PairDistances {
  const relevance = codesRelevance(sides);
  const [queries, database] = [sides.queries.codes, sides.database.codes];
  const { bits, count } = database;
  const scan = hammingScan(queries, database);
  const distances = new Uint16Array(count);
  const mask = new Uint8Array(count);
  const same = new Float64Array(bits + 1);
  const different = new Float64Array(bits + 1);
  for (let query = 0; query < queries.count; query++) {
    scan.distances(query, distances);
    relevance.mark(query, mask);
    const { sizes, relevant } = relevanceHistograms(distances, mask, bits);
    for (let distance = 0; distance <= bits; distance++) {
      same[distance] += relevant[distance];
      different[distance] += sizes[distance] - relevant[distance];
    }
  }
  return { same, different };
}

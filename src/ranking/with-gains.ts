import { hammingScan } from "./hamming-distances.js";
import type { QueryRanking } from "./query-ranking.js";
import { startsOf } from "./query-ranking.js";
import { relevanceByLabels } from "./relevance.js";
import type { Sides, SideWith } from "./side.js";

/**
 * Rankings by Hamming distance with the number of labels that each relevant item shares with the query. The kernels tell
 * relevant items only by their ranks; here the items are met again in the order of the database and dealt to the places
 * of their distances, one pass over codes and labels a query. Where items have one label each, every gain is 1 and nothing
 * is scanned.
 * @param self rows of the queries that the rankings leave out. Default: they leave none out
 */
export async function* withGains(
  rankings: AsyncIterable<QueryRanking>,
  sides: Sides<SideWith<"codes" | "labels">>,
  self?: Int32Array,
): AsyncGenerator<QueryRanking, void> {
  if (sides.queries.labels instanceof Int32Array) {
    for await (const ranking of rankings) {
      yield { ...ranking, gains: new Uint16Array(ranking.relevantRanks.length).fill(1) };
    }
    return;
  }
  const relevance = relevanceByLabels(sides);
  const scan = hammingScan(sides.queries.codes, sides.database.codes);
  const distances = new Uint16Array(scan.database);
  const shared = new Uint16Array(scan.database);
  let query = 0;
  for await (const ranking of rankings) {
    scan.distances(query, distances);
    relevance.grade(query, shared);
    if (self !== undefined) shared[self[query]] = 0;
    const next = startsOf(ranking.groups.relevant, 0);
    const gains = new Uint16Array(ranking.relevantRanks.length);
    for (let item = 0; item < shared.length; item++) {
      if (shared[item] !== 0) gains[next[distances[item]]++] = shared[item];
    }
    yield { ...ranking, gains };
    query++;
  }
}

import type { TopK } from "../ranking/hamming-ranking.js";
import type { Neighbours } from "../ranking/hamming-search.js";

/** What was found for a query. */
export interface SearchResults {
  /** The image searched for, or the row of the query's code. */
  readonly query: string | number;
  /** The id of that row, where it is known. */
  readonly id?: string;
  readonly nearest: readonly { readonly index: number; readonly distance: number; readonly id?: string }[];
}

/** What queries and what was found are called, as far as that is known. */
export interface Names {
  /** Images searched for. */
  readonly files?: readonly string[];
  readonly queryIds?: readonly string[];
  /** The name of an item, by its row or its place among all that was found. */
  readonly idOf?: (row: number, place: number) => string;
}

/** As many neighbours of each query. */
export function sameNumber({ indices, distances }: TopK): Neighbours {
  const [queries, k] = indices.shape;
  const starts = Float64Array.from({ length: queries + 1 }, (_, query) => query * k);
  return { starts, indices: indices.data, distances: distances.data };
}

/** The neighbours of each query, named as far as they are. */
export function resultsOf(found: Neighbours, { files, queryIds, idOf }: Names): SearchResults[] {
  const { starts, indices, distances } = found;
  return Array.from({ length: starts.length - 1 }, (_, query) => ({
    query: files?.[query] ?? query,
    ...(queryIds === undefined ? {} : { id: queryIds[query] }),
    nearest: Array.from({ length: starts[query + 1] - starts[query] }, (_, i) => {
      const place = starts[query] + i;
      const one = { index: indices[place], distance: distances[place] };
      return idOf === undefined ? one : { ...one, id: idOf(one.index, place) };
    }),
  }));
}

/** Results for people: a line a neighbour. */
export function resultsText(results: readonly SearchResults[]): string {
  const lines = results.flatMap(({ query, id: queryId, nearest }) => [
    queryId ?? (typeof query === "number" ? `query ${query}` : query),
    ...nearest.map(({ index, distance, id }) => `  distance ${distance}  ${id ?? `row ${index}`}`),
  ]);
  return lines.join("\n");
}

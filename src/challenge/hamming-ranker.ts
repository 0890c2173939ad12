import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import { searchNearest } from "../ranking/hamming-search.js";
import type { GalleryRanker } from "./gallery-ranker.js";
import type { RankedList } from "./ranked-lists.js";

/** The gallery by Hamming distance. */
export function hammingRanker(query: PackedCodes, gallery: PackedCodes, places: number): GalleryRanker {
  return {
    queries: query.count,
    places,
    bytesPerImage: gallery.bytesPerCode,
    rank: (from, to) => hammingLists(query, gallery, places, from, to),
    dispose: async () => {},
  };
}

/** The k gallery rows of least Hamming distance for queries from..to−1; ties by ascending row. */
export async function hammingLists(
  query: PackedCodes,
  gallery: PackedCodes,
  k: number,
  from: number,
  to: number,
): Promise<RankedList[]> {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  const { indices, distances } = await searchNearest(
    { queries: { codes: takeCodes(query, rows) }, database: { codes: gallery } },
    { k },
  );
  const width = indices.shape[1];
  return rows.map((_, i) => ({
    indices: indices.data.slice(i * width, (i + 1) * width),
    scores: Float32Array.from(distances.data.subarray(i * width, (i + 1) * width), distance => -distance),
  }));
}

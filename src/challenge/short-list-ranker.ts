import type { NdArray } from "../core/arrays.js";
import type { GalleryRanker, RankGalleryOptions } from "./gallery-ranker.js";
import type { GallerySpace, ImageVectors } from "./gallery-space.js";
import { needed } from "./gallery-space.js";
import { hammingLists } from "./hamming-ranker.js";
import { ReciprocalRanking, reciprocalWidth } from "./k-reciprocal.js";
import { smallNeighbourGraph } from "./neighbour-graph.js";
import { expandedQueries } from "./query-expansion.js";
import type { RankedList } from "./ranked-lists.js";
import { bestOf } from "./ranked-lists.js";

/** The nearest by Hamming distance, ranked by the vectors of the space. */
export function shortListRanker(
  space: GallerySpace,
  query: ImageVectors,
  gallery: ImageVectors,
  places: number,
  { ranking, shortlist, expansion, reciprocal }: RankGalleryOptions,
): GalleryRanker {
  const [queryCodes, galleryCodes] = [needed("codes", query), needed("codes", gallery)];
  const ofCodes = ranking === "hamming" || ranking === "asymmetric" ? 0 : galleryCodes.bytesPerCode;
  const rankOne = async (q: number, rows: Int32Array): Promise<RankedList> => {
    const vectors = space.galleryVectors(rows); // (rows, dim)
    let own = space.queryVectors(q, q + 1); // (1, dim)
    if (expansion !== undefined) {
      const first = bestOf(scoresAmong(own, vectors, space.measure), expansion.neighbours, rows);
      own = expandedQueries(own, [first], space, expansion);
    }
    const scores = scoresAmong(own, vectors, space.measure);
    if (reciprocal === undefined) return bestOf(scores, places, rows);
    const both = new Float32Array(own.data.length + vectors.data.length);
    both.set(own.data);
    both.set(vectors.data, own.data.length);
    const graph = await smallNeighbourGraph(
      { data: both, shape: [1 + rows.length, space.dim] },
      reciprocalWidth(reciprocal),
    );
    const { indices, scores: final } = new ReciprocalRanking(graph, 1, reciprocal).rank(
      0,
      places,
      bestOf(scores, places),
    );
    return { indices: indices.map(place => rows[place]), scores: final };
  };
  return {
    queries: space.queries,
    places,
    bytesPerImage: space.bytesPerImage + ofCodes,
    async rank(from, to) {
      const lists = await hammingLists(queryCodes, galleryCodes, shortlist!, from, to);
      const ranked: RankedList[] = [];
      for (const [i, { indices }] of lists.entries()) ranked.push(await rankOne(from + i, indices.sort()));
      return ranked;
    },
    dispose: async () => {},
  };
}

/** Scores of one vector with some, in double precision; larger is nearer. */
function scoresAmong(
  query: NdArray<Float32Array>,
  vectors: NdArray<Float32Array>,
  measure: GallerySpace["measure"],
): Float32Array {
  const [rows, dim] = vectors.shape;
  const scores = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0, at = row * dim; i < dim; i++, at++) {
      sum += measure === "inner" ? query.data[i] * vectors.data[at] : -((query.data[i] - vectors.data[at]) ** 2);
    }
    scores[row] = sum;
  }
  return scores;
}

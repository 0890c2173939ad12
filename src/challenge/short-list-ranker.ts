import { scoresAmong } from "../ranking/scores-among.js";
import type { Sides } from "../ranking/side.js";
import type { GalleryRanker, RankGalleryOptions } from "./gallery-ranker.js";
import type { GallerySpace } from "./gallery-space.js";
import { openHammingLists } from "./hamming-ranker.js";
import { ReciprocalRanking, reciprocalWidth } from "./k-reciprocal.js";
import { smallNeighbourGraph } from "./neighbour-graph.js";
import { expandedQueries } from "./query-expansion.js";
import type { RankedList } from "./ranked-lists.js";
import { bestOf } from "./ranked-lists.js";
import type { GalleryRanking } from "./ranking-name.js";

/** Whether what is ranked by are the codes, so that those of the short list are no memory of their own. */
const RANKS_CODES: Readonly<Record<GalleryRanking, boolean>> = {
  hamming: true,
  asymmetric: true,
  euclidean: false,
  cosine: false,
  features: false,
};

/** The nearest by Hamming distance, ranked by the vectors of the space. */
export async function shortListRanker(
  space: GallerySpace,
  sides: Sides,
  places: number,
  { ranking, shortlist, expansion, reciprocal, backend }: RankGalleryOptions,
): Promise<GalleryRanker> {
  const hamming = await openHammingLists(sides, shortlist!, backend);
  const ofCodes = RANKS_CODES[ranking] ? 0 : sides.database.codes!.bytesPerCode;
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
      const lists = await hamming.lists(from, to);
      const ranked: RankedList[] = [];
      for (const [i, { indices }] of lists.entries()) ranked.push(await rankOne(from + i, indices.sort()));
      return ranked;
    },
    dispose: hamming.dispose,
  };
}

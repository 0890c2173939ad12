import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { openVectorProducts } from "../features/vector-products.js";
import type { Sides } from "../ranking/side.js";
import type { GalleryRanker, RankGalleryOptions } from "./gallery-ranker.js";
import type { GallerySpace } from "./gallery-space.js";
import { openHammingLists } from "./hamming-ranker.js";
import type { ReciprocalOptions } from "./k-reciprocal.js";
import { ReciprocalRanking, reciprocalWidth } from "./k-reciprocal.js";
import { neighbourGraphBy } from "./neighbour-graph.js";
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
  { ranking, shortlist, expansion, reciprocal, backend, engine, signal }: RankGalleryOptions,
): Promise<GalleryRanker> {
  const hamming = await openHammingLists(sides, shortlist!, backend);
  const rerank = reciprocal === undefined ? undefined : await openReranking(space, shortlist!, reciprocal, engine);
  const ofCodes = RANKS_CODES[ranking] ? 0 : sides.database.codes!.bytesPerCode;
  const rankOne = async (q: number, rows: Int32Array): Promise<RankedList> => {
    let own = space.queryVectors(q, q + 1); // (1, dim)
    if (expansion !== undefined) {
      const first = bestOf(space.scoresOf(own, rows), expansion.neighbours, rows);
      own = expandedQueries(own, [first], space, expansion);
    }
    const scores = space.scoresOf(own, rows);
    if (rerank === undefined) return bestOf(scores, places, rows);
    const vectors = space.galleryVectors(rows); // (rows, dim)
    const { indices, scores: final } = await rerank.rank(own, vectors, bestOf(scores, places));
    return { indices: indices.map(place => rows[place]), scores: final };
  };
  return {
    queries: space.queries,
    places,
    bytesPerImage: space.bytesPerImage + ofCodes,
    async rank(from, to) {
      const lists = await hamming.lists(from, to);
      const ranked: RankedList[] = [];
      for (const [i, { indices }] of lists.entries()) {
        checkAborted(signal);
        ranked.push(await rankOne(from + i, indices.sort()));
      }
      return ranked;
    },
    async dispose() {
      await hamming.dispose();
      await rerank?.dispose();
    },
  };
}

/** k-reciprocal re-ranking of a short list. */
interface Reranking {
  /** @param first the list's places by original distance: those that are wanted, or more */
  rank(query: NdArray<Float32Array>, vectors: NdArray<Float32Array>, first: RankedList): Promise<RankedList>;
  dispose(): Promise<void>;
}

/** All short lists have one length, so that the products of their vectors are prepared once. */
async function openReranking(
  { gallery, dim }: GallerySpace,
  shortlist: number,
  options: ReciprocalOptions,
  engine: Engine | undefined,
): Promise<Reranking> {
  const items = 1 + Math.min(shortlist, gallery);
  const products = await openVectorProducts({ rows: items, columns: items, dim }, engine ?? (await openEngine()));
  const both = new Float32Array(items * dim); // the query, then the list
  return {
    async rank(query, vectors, first) {
      both.set(query.data);
      both.set(vectors.data, dim);
      const graph = await neighbourGraphBy(products, { data: both, shape: [items, dim] }, reciprocalWidth(options));
      return (await ReciprocalRanking.open(graph, 1, options)).rank(0, first.indices.length, first);
    },
    dispose: products.dispose,
  };
}

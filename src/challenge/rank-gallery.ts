import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { ProgressMeter } from "../core/progress.js";
import { QUERY_BLOCK } from "../features/nearest-vectors.js";
import { rowBlock } from "../features/vector-products.js";
import { neighbours as checkedK } from "../ranking/hamming-ranking.js";
import type { Sides } from "../ranking/side.js";
import { augmentedSides } from "./database-augmentation.js";
import type { GalleryRanker, RankGalleryOptions, RankingMethod } from "./gallery-ranker.js";
import type { GallerySearch, GallerySpace } from "./gallery-space.js";
import { gallerySpace } from "./gallery-space.js";
import { hammingRanker } from "./hamming-ranker.js";
import { ReciprocalRanking, reciprocalWidth } from "./k-reciprocal.js";
import { neighbourGraph } from "./neighbour-graph.js";
import type { QueryExpansion } from "./query-expansion.js";
import { expandedQueries } from "./query-expansion.js";
import { shortListRanker } from "./short-list-ranker.js";

/** Queries ranked at once: as many as the search of vectors takes. */
export const RANKING_BLOCK: number = QUERY_BLOCK;

/**
 * Ranks the gallery for all queries, a block of queries at a time; no matrix of queries × gallery ever exists. A
 * k-reciprocal ranking of the whole gallery keeps queries and gallery once more, an augmented gallery is kept beside the given one.
 * @param sides what the ranking compares: codes, relaxed codes or features of both
 * @returns (queries, k) gallery rows, best first, ties by ascending row
 * @throws {InputError} when what the ranking needs is missing, lengths differ, or an option is out of bounds
 */
export async function rankGallery(sides: Sides, options: RankGalleryOptions): Promise<NdArray<Int32Array>> {
  const ranker = await openRanker(sides, options);
  try {
    const { queries, places } = ranker;
    const indices = new Int32Array(queries * places);
    const meter = new ProgressMeter("rank", queries, "queries", options.onProgress);
    for (let from = 0; from < queries; from += RANKING_BLOCK) {
      checkAborted(options.signal);
      const to = Math.min(from + RANKING_BLOCK, queries);
      const lists = await ranker.rank(from, to);
      for (const [i, list] of lists.entries()) indices.set(list.indices, (from + i) * places);
      meter.report(to);
    }
    return { data: indices, shape: [queries, places] };
  } finally {
    await ranker.dispose();
  }
}

/**
 * Prepares a ranking. All need memory linear in the images; a k-reciprocal ranking of the whole gallery keeps
 * queries and gallery as one matrix, (queries + gallery, dim), their neighbours and encodings; an augmented gallery is kept
 * beside the given one. With a short list a k-reciprocal ranking is done among its images and the one query alone, which
 * other queries and images outside cannot help.
 * @throws {InputError} when what the ranking needs is missing, lengths differ, or an option is out of bounds
 */
export async function openRanker(sides: Sides, options: RankGalleryOptions): Promise<GalleryRanker> {
  const { ranking, augmentation } = options;
  const places = checkedK(options.k ?? 10, gallerySpace(ranking, sides).gallery);
  checkRanking(options, places);
  if (augmentation === undefined) return openPlainRanker(sides, places, options);
  const engine = options.engine ?? (await openEngine());
  const augmented = await augmentedSides(sides, ranking, augmentation, { ...options, engine });
  return openPlainRanker(augmented, places, { ...options, engine });
}

/** Prepares a ranking of the gallery as it is. */
async function openPlainRanker(sides: Sides, places: number, options: RankGalleryOptions): Promise<GalleryRanker> {
  if (isPlainHamming(options)) return hammingRanker(sides, places, options.backend);
  const space = gallerySpace(options.ranking, sides);
  if (options.shortlist !== undefined) return shortListRanker(space, sides, places, options);
  const engine = options.engine ?? (await openEngine());
  const search = await space.openSearch(engine);
  try {
    return await fullRanker(space, search, places, { ...options, engine });
  } catch (cause) {
    await search.dispose();
    throw cause;
  }
}

/** Hamming distance alone, of whatever codes the gallery has. */
function isPlainHamming({ ranking, expansion, reciprocal }: RankingMethod): boolean {
  return ranking === "hamming" && expansion === undefined && reciprocal === undefined;
}

/**
 * Checks how a gallery is to be ranked, before there is one.
 * @param places how many images are found a query
 * @throws {InputError} for a short list, averaging or re-ranking that cannot be
 */
export function checkRanking(method: RankingMethod, places: number): void {
  const { shortlist, augmentation, expansion, reciprocal } = method;
  if (shortlist !== undefined && !(Number.isInteger(shortlist) && shortlist >= places)) {
    throw new InputError("the short list is too short", { expected: `${places} or more`, actual: `${shortlist}` });
  }
  if (shortlist !== undefined && isPlainHamming(method)) {
    throw new InputError("a short list by Hamming distance that is ranked by Hamming distance stays as it is", {
      expected: "another ranking, query expansion or k-reciprocal re-ranking with a short list",
    });
  }
  checkAveraging("query expansion", expansion);
  checkAveraging("database augmentation", augmentation);
  if (reciprocal !== undefined) reciprocalWidth(reciprocal);
}

function checkAveraging(what: string, averaging: QueryExpansion | undefined): void {
  if (averaging === undefined) return;
  const { neighbours, alpha = 0 } = averaging;
  if (Number.isInteger(neighbours) && neighbours >= 1 && alpha >= 0 && Number.isFinite(alpha)) return;
  throw new InputError(`no such ${what}`, {
    expected: "at least 1 neighbour, alpha of 0 or more",
    actual: `${neighbours} neighbours, alpha ${alpha}`,
  });
}

/** Search of the whole gallery, once, or twice with expansion; then the k-reciprocal ranking. */
async function fullRanker(
  space: GallerySpace,
  search: GallerySearch,
  places: number,
  { expansion, reciprocal, engine, onProgress, signal }: RankGalleryOptions & { readonly engine: Engine },
): Promise<GalleryRanker> {
  const vectors = async (from: number, to: number): Promise<NdArray<Float32Array>> => {
    const own = space.queryVectors(from, to);
    if (expansion === undefined) return own;
    return expandedQueries(own, await search.nearest(own, expansion.neighbours, { signal }), space, expansion);
  };
  const { queries, bytesPerImage } = space;
  const dispose = (): Promise<void> => search.dispose();
  if (reciprocal === undefined) {
    const rank: GalleryRanker["rank"] = async (from, to) => search.nearest(await vectors(from, to), places, { signal });
    return { queries, places, bytesPerImage, rank, dispose };
  }
  const all = await queriesAndGallery(space, vectors);
  const graph = await neighbourGraph(all, reciprocalWidth(reciprocal), { engine, onProgress, signal });
  const reranking = await ReciprocalRanking.open(graph, queries, { ...reciprocal, signal });
  const rank: GalleryRanker["rank"] = async (from, to) => {
    const first = await search.nearest(rowBlock(all, from, to), places, { signal });
    return first.map((list, i) => reranking.rank(from + i, places, list));
  };
  return { queries, places, bytesPerImage, rank, dispose };
}

/** (queries + gallery, dim) */
async function queriesAndGallery(
  space: GallerySpace,
  vectors: (from: number, to: number) => Promise<NdArray<Float32Array>>,
): Promise<NdArray<Float32Array>> {
  const { queries, gallery, dim } = space;
  const data = new Float32Array((queries + gallery) * dim);
  for (let from = 0; from < queries; from += RANKING_BLOCK) {
    data.set((await vectors(from, Math.min(from + RANKING_BLOCK, queries))).data, from * dim);
  }
  for (let from = 0; from < gallery; from += RANKING_BLOCK) {
    const rows = Array.from({ length: Math.min(RANKING_BLOCK, gallery - from) }, (_, i) => from + i);
    data.set(space.galleryVectors(rows).data, (queries + from) * dim);
  }
  return { data, shape: [queries + gallery, dim] };
}

import { packedSigns } from "../codes/binarize.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { QUERY_BLOCK } from "../features/nearest-vectors.js";
import { rowBlock } from "../features/vector-products.js";
import type { RankingBackend } from "../ranking/ranking-backend.js";
import type { RankingRequest } from "../ranking/ranking-request.js";
import type { Side, Sides } from "../ranking/side.js";
import type { GallerySpace } from "./gallery-space.js";
import { gallerySpace } from "./gallery-space.js";
import { openHammingLists } from "./hamming-ranker.js";
import { neighbourGraph } from "./neighbour-graph.js";
import type { QueryExpansion } from "./query-expansion.js";
import { expandedQueries } from "./query-expansion.js";
import type { RankedList } from "./ranked-lists.js";
import type { GalleryRanking } from "./ranking-name.js";

/** What computes an augmentation, and who is told. */
interface AugmentationOptions extends Abortable {
  readonly engine: Engine;
  readonly backend?: RankingBackend | RankingRequest;
  readonly onProgress?: ProgressListener;
}

/**
 * Database-side augmentation (Arandjelović, Zisserman, "Three things everyone should know to improve object retrieval", CVPR
 * 2012, section 6): each gallery vector becomes the mean of itself and its nearest in the gallery, all of them as they were
 * before. The vector weighs 1, the others 1 or cosᵅ, as for query expansion; results have the length of the space's vectors.
 * Hash codes stay hash codes, of as many bytes: the signs of the mean, in which a bit that ties stays what it was. Codes that only
 * find a short list, and are not what is ranked by, stay as they are.
 * Memory: the gallery's vectors twice, and `neighbours` + 1 numbers an image.
 * @returns the sides, the gallery's vectors of this ranking replaced
 * @throws {InputError} when what the ranking needs is missing
 */
export async function augmentedSides(
  sides: Sides,
  ranking: GalleryRanking,
  augmentation: QueryExpansion,
  options: AugmentationOptions,
): Promise<Sides> {
  return { ...sides, database: { ...sides.database, ...(await augmentedPart(sides, ranking, augmentation, options)) } };
}

/** What of the gallery the ranking searches, augmented. */
async function augmentedPart(
  sides: Sides,
  ranking: GalleryRanking,
  augmentation: QueryExpansion,
  options: AugmentationOptions,
): Promise<Side> {
  switch (ranking) {
    case "hamming":
    case "asymmetric":
      return { codes: await augmentedCodes(sides.database, augmentation, options) };
    case "euclidean":
    case "cosine":
      return { relaxedCodes: await augmentedVectors(gallerySpace(ranking, sides), augmentation, options) };
    case "features":
      return { features: await augmentedVectors(gallerySpace(ranking, sides), augmentation, options) };
  }
}

async function augmentedVectors(
  space: GallerySpace,
  augmentation: QueryExpansion,
  { engine, signal, onProgress }: AugmentationOptions,
): Promise<NdArray<Float32Array>> {
  const { gallery, dim, length } = space;
  const vectors = space.galleryVectors(Int32Array.from({ length: gallery }, (_, row) => row));
  const wanted = augmentation.neighbours + 1; // an image is its own nearest
  const { neighbours, width } = await neighbourGraph(vectors, wanted, { engine, signal, onProgress });
  const data = new Float32Array(gallery * dim);
  for (let from = 0; from < gallery; from += QUERY_BLOCK) {
    checkAborted(signal);
    const own = rowBlock(vectors, from, from + QUERY_BLOCK);
    const lists = Array.from({ length: own.shape[0] }, (_, i) => ({
      indices: neighbours.subarray((from + i) * width + 1, (from + i + 1) * width),
    }));
    const galleryVectors = (rows: ArrayLike<number>): NdArray<Float32Array> => takeRows(vectors, rows);
    data.set(expandedQueries(own, lists, { galleryVectors, length }, augmentation).data, from * dim);
  }
  return { data, shape: [gallery, dim] };
}

async function augmentedCodes(
  database: Side,
  augmentation: QueryExpansion,
  { backend, signal, onProgress }: AugmentationOptions,
): Promise<PackedCodes> {
  const { gallery, dim, galleryVectors } = gallerySpace("hamming", { queries: database, database });
  const means = new Float32Array(gallery * dim);
  const meter = new ProgressMeter("neighbours", gallery, "images", onProgress);
  const wanted = Math.min(augmentation.neighbours + 1, gallery); // an image is at distance 0 of itself, perhaps with others
  const search = await openHammingLists({ queries: database, database }, wanted, backend);
  try {
    for (let from = 0; from < gallery; from += QUERY_BLOCK) {
      checkAborted(signal);
      const to = Math.min(from + QUERY_BLOCK, gallery);
      const own = galleryVectors(Int32Array.from({ length: to - from }, (_, i) => from + i)); // of ±1
      const lists = (await search.lists(from, to)).map((list, i) => withoutOne(list, from + i, wanted - 1));
      const mean = expandedQueries(own, lists, { galleryVectors, length: null }, augmentation).data;
      means.set(
        mean.map((value, at) => (value === 0 ? own.data[at] : value)),
        from * dim,
      );
      meter.report(to);
    }
  } finally {
    await search.dispose();
  }
  return packedSigns({ data: means, shape: [gallery, dim] });
}

/** The first k of a list that are not this row. */
function withoutOne({ indices }: RankedList, row: number, k: number): Pick<RankedList, "indices"> {
  return { indices: indices.filter(index => index !== row).subarray(0, k) };
}

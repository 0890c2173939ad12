import { chooseRanking } from "../ranking/choose-ranking.js";
import { codesOf } from "../ranking/hamming-search.js";
import type { RankingBackend } from "../ranking/ranking-backend.js";
import type { RankingRequest } from "../ranking/ranking-request.js";
import type { Sides } from "../ranking/side.js";
import { takeSide } from "../ranking/side.js";
import type { GalleryRanker } from "./gallery-ranker.js";
import type { RankedList } from "./ranked-lists.js";

/** Search by Hamming distance, made ready. */
export interface HammingLists {
  /** The k gallery rows of least Hamming distance for queries from..to−1; ties by ascending row. */
  lists(from: number, to: number): Promise<RankedList[]>;
  dispose(): Promise<void>;
}

/**
 * Opens search by Hamming distance.
 * @param backend what ranks: a name, or a backend that is open. Default: HASHBOOK_RANKING, else `chooseRanking` decides
 * @throws {InputError} when a side has no codes, or they differ in bits
 */
export async function openHammingLists(
  sides: Sides,
  k: number,
  backend: RankingBackend | RankingRequest | undefined,
): Promise<HammingLists> {
  const codes = codesOf(sides);
  const [queries, database] = [{ codes: codes.queries }, { codes: codes.database }];
  const given = typeof backend === "object" ? backend : undefined;
  const asked = typeof backend === "object" ? undefined : backend;
  const opened = given ?? (await chooseRanking({ backend: asked, work: { queries, database, k } })).backend;
  return {
    async lists(from, to) {
      const rows = Array.from({ length: to - from }, (_, i) => from + i);
      const { indices, distances } = await opened.nearest({ queries: takeSide(queries, rows), database }, { k });
      const width = indices.shape[1];
      return rows.map((_, i) => ({
        indices: indices.data.slice(i * width, (i + 1) * width),
        scores: Float32Array.from(distances.data.subarray(i * width, (i + 1) * width), distance => -distance),
      }));
    },
    dispose: async () => {
      if (given === undefined) opened.close();
    },
  };
}

/** The gallery by Hamming distance. */
export async function hammingRanker(
  sides: Sides,
  places: number,
  backend: RankingBackend | RankingRequest | undefined,
): Promise<GalleryRanker> {
  const { queries, database } = codesOf(sides);
  const { lists, dispose } = await openHammingLists(sides, places, backend);
  return { queries: queries.count, places, bytesPerImage: database.bytesPerCode, rank: lists, dispose };
}

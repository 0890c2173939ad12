import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { ProgressListener } from "../core/progress.js";
import type { RankingBackend } from "../ranking/ranking-backend.js";
import type { RankingRequest } from "../ranking/ranking-request.js";
import type { ReciprocalOptions } from "./k-reciprocal.js";
import type { QueryExpansion } from "./query-expansion.js";
import type { RankedList } from "./ranked-lists.js";
import type { GalleryRanking } from "./ranking-name.js";

/** How the gallery is ranked. */
export interface RankingMethod {
  readonly ranking: GalleryRanking;
  /**
   * Only the `shortlist` gallery images of least Hamming distance are ranked; needs hash codes. At least 10. Default:
   * the whole gallery.
   */
  readonly shortlist?: number;
  /**
   * Gallery vectors are averaged with their nearest in the gallery before anything is searched (database-side augmentation:
   * Arandjelović, Zisserman, "Three things everyone should know to improve object retrieval", CVPR 2012); hash codes by
   * majority of their bits, so that they stay hash codes. Default: no.
   */
  readonly augmentation?: QueryExpansion;
  /** Search a second time with queries averaged with what they found. Default: no. */
  readonly expansion?: QueryExpansion;
  /** Re-rank by k-reciprocal neighbours, after the expansion if there is one. Default: no. */
  readonly reciprocal?: ReciprocalOptions;
}

/** Settings of {@link rankGallery}. */
export interface RankGalleryOptions extends RankingMethod, Abortable {
  /** What computes inner products of vectors. Default: the best engine that is there. */
  readonly engine?: Engine;
  /** What ranks by Hamming distance. Default: HASHBOOK_RANKING, else `chooseRanking` decides. */
  readonly backend?: RankingBackend | RankingRequest;
  /** Places a query. Default 10; cut to the size of the gallery. */
  readonly k?: number;
  /** Told of the progress, in queries and, before an augmentation or a k-reciprocal ranking, in images compared. Default: nobody. */
  readonly onProgress?: ProgressListener;
}

/** A ranking made ready. */
export interface GalleryRanker {
  readonly queries: number;
  /** Places a query, k cut to the size of the gallery. */
  readonly places: number;
  /** What the gallery keeps of an image for this ranking. */
  readonly bytesPerImage: number;
  /** The best gallery rows for queries from..to−1; ties by ascending row. */
  rank(from: number, to: number): Promise<RankedList[]>;
  dispose(): Promise<void>;
}

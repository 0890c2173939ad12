/**
 * What orders the gallery. `hamming`: distance of hash codes. `asymmetric`: inner product of the query's relaxed code
 * with hash codes. `euclidean`, `cosine`: of relaxed codes. `features`: cosine of features.
 */
export type GalleryRanking = "hamming" | "asymmetric" | "euclidean" | "cosine" | "features";

export const RANKING_NAMES: readonly GalleryRanking[] = ["hamming", "asymmetric", "euclidean", "cosine", "features"];

import type { RankingMethod } from "../challenge/gallery-ranker.js";

/** How many are searched with, and in. */
export interface SearchSize {
  readonly queries: number;
  readonly gallery: number;
}

/** Pairs of images that a ranking compares: what its time grows with. */
export function pairsOf(
  { augmentation, expansion, reciprocal, shortlist }: RankingMethod,
  { queries, gallery }: SearchSize,
): number {
  const once = queries * gallery;
  const again = expansion === undefined ? 0 : once;
  const ofGallery = augmentation === undefined ? 0 : gallery ** 2;
  const all = shortlist === undefined ? (queries + gallery) ** 2 : queries * Math.min(shortlist, gallery) ** 2;
  return once + again + ofGallery + (reciprocal === undefined ? 0 : all);
}

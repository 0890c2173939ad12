import type { PackedCodes } from "../codes/packed-codes.js";
import { isWasmSure } from "../ranking/choose-ranking.js";
import type { TopK } from "../ranking/hamming-ranking.js";
import { openGallery } from "../ranking/open-gallery.js";
import type { RankingRequest } from "../ranking/ranking-request.js";
import { scanThreads } from "../ranking/scan-threads.js";
import { withRanking } from "../ranking/with-ranking.js";
import type { CodesFacts } from "./known-codes.js";
import { readKnownCodes } from "./known-codes.js";

interface SearchSettings {
  /** Neighbours a query. */
  readonly k: number;
  readonly threads?: number;
  readonly ranking?: RankingRequest;
}

/**
 * The nearest codes of a file. On the processor they are read straight into the memory that is searched, of which there
 * is as much as they need.
 */
export async function nearestInFile(
  { file, codes: { count, bits } }: CodesFacts,
  queries: PackedCodes,
  { k, threads, ranking }: SearchSettings,
): Promise<TopK> {
  if (!isWasmSure(ranking, queries.count * count)) {
    const { codes } = await readKnownCodes(file, bits);
    const sides = { queries: { codes: queries }, database: { codes } };
    return withRanking(ranking, { ...sides, k, threads }, backend => backend.nearest(sides, { k, threads }));
  }
  const gallery = await openGallery(file, { bits, threads: scanThreads(threads, queries.count, count, bits) });
  try {
    return await gallery.nearest(queries, { k });
  } finally {
    await gallery.close();
  }
}

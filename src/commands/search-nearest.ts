import type { PackedCodes } from "../codes/packed-codes.js";
import { isWasmSure } from "../ranking/choose-ranking.js";
import type { TopK } from "../ranking/hamming-ranking.js";
import { openCodesGallery } from "../ranking/open-codes-gallery.js";
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
  /** Rows that are not to be found, each once. Default: none. */
  readonly without?: Int32Array;
}

/**
 * The nearest codes of a file, but for rows that are not to be found. On the processor they are read straight into the memory that is searched, of which there
 * is as much as they need.
 */
export async function nearestInFile(
  known: CodesFacts,
  queries: PackedCodes,
  { k, without = new Int32Array(0), ...settings }: SearchSettings,
): Promise<TopK> {
  const top = await nearestOfAll(known, queries, { ...settings, k: k + without.length });
  return without.length === 0 ? top : withoutRows(top, without, Math.min(k, known.codes.count - without.length));
}

/** The first k of each query that are none of some rows, of k more than these. */
function withoutRows({ indices, distances }: TopK, rows: Int32Array, k: number): TopK {
  const gone = new Set(rows);
  const [queries, all] = indices.shape;
  const kept = { indices: new Int32Array(queries * k), distances: new Uint16Array(queries * k) }; // (queries, k)
  for (let q = 0; q < queries; q++) {
    let place = 0;
    for (let at = q * all; place < k; at++) {
      if (gone.has(indices.data[at])) continue;
      kept.indices[q * k + place] = indices.data[at];
      kept.distances[q * k + place] = distances.data[at];
      place++;
    }
  }
  const shape = [queries, k];
  return { indices: { data: kept.indices, shape }, distances: { data: kept.distances, shape } };
}

async function nearestOfAll(
  { file, codes: { count, bits } }: CodesFacts,
  queries: PackedCodes,
  { k, threads, ranking }: Omit<SearchSettings, "without">,
): Promise<TopK> {
  if (!isWasmSure(ranking, queries.count * count)) {
    const { codes } = await readKnownCodes(file, bits);
    const sides = { queries: { codes: queries }, database: { codes } };
    return withRanking(ranking, { ...sides, k, threads }, backend => backend.nearest(sides, { k, threads }));
  }
  const gallery = await openCodesGallery(file, { bits, threads: scanThreads(threads, queries.count, count, bits) });
  try {
    return await gallery.nearest(queries, { k });
  } finally {
    await gallery.close();
  }
}

import type { Abortable } from "../core/abort.js";
import { asAsked } from "./as-asked.js";
import type { TieGroups } from "./distance-histogram.js";
import type { QueryRanking, RankingsOptions } from "./query-ranking.js";
import { codesRelevance } from "./query-ranking.js";
import type { ScanRequest } from "./scan-memory.js";
import { finishedBlocks, scanThreads } from "./scan-threads.js";
import type { Sides, SideWith } from "./side.js";

/** How the work is spread, and who is told of it. */
export interface ParallelScanOptions extends Abortable {
  /** Threads that compute, the calling one included; 1..256. Default: all cores, as far as there is work for them. */
  threads?: number;
}

/**
 * Ranks the database for each query by Hamming distance, queries in order: the rankings of `hammingRankings`, to the
 * last number, from WebAssembly kernels on several threads. Memory beyond that of the codes: a few MB a thread. A
 * ranking is valid until the next one is asked for.
 * @throws {InputError} when codes differ in bits, codes and labels in number, or labels in kind
 */
export function parallelRankings(
  sides: Sides<SideWith<"codes" | "labels">>,
  options: ParallelScanOptions & RankingsOptions = {},
): AsyncIterable<QueryRanking> {
  return asAsked(scannedRankings(sides, options), sides, options);
}

async function* scannedRankings(
  sides: Sides<SideWith<"codes" | "labels">>,
  options: ParallelScanOptions,
): AsyncGenerator<QueryRanking, void> {
  const request = labelledRequest("rankBlock", sides, options);
  const { queries, database } = request;
  const bins = database.bits + 1;
  let query = 0;
  for await (const { plan, slot } of finishedBlocks(request, options.signal)) {
    const { block, memory, capacity } = plan;
    const base = plan.resultsAt(slot);
    const histograms = new Uint32Array(memory.buffer, base, 2 * block * bins); // (2, block, bins)
    const found = new Uint32Array(memory.buffer, base + 8 * block * bins, block);
    const ranksAt = base + 8 * block * bins + 4 * block;
    const ranks = new Int32Array(memory.buffer, ranksAt, block * capacity);
    const sums = new Float64Array(memory.buffer, Math.ceil((ranksAt + 4 * block * capacity) / 8) * 8, block);
    for (let j = 0; j < block && query < queries.count; j++, query++) {
      const relevantRanks = ranks.subarray(j * capacity, j * capacity + found[j]);
      yield { groups: groupsOf(histograms, block, bins, j), relevantRanks, precisionSum: sums[j] };
    }
  }
}

/**
 * Where the items of the database, and the relevant ones, lie for each query: {@link parallelRankings} without ranks,
 * for what needs no order.
 */
export async function* parallelHistograms(
  sides: Sides<SideWith<"codes" | "labels">>,
  options: ParallelScanOptions = {},
): AsyncGenerator<TieGroups, void> {
  const request = labelledRequest("histogramBlock", sides, options);
  const { queries, database } = request;
  const bins = database.bits + 1;
  let query = 0;
  for await (const { plan, slot } of finishedBlocks(request, options.signal)) {
    const histograms = new Uint32Array(plan.memory.buffer, plan.resultsAt(slot), 2 * plan.block * bins);
    for (let j = 0; j < plan.block && query < queries.count; j++, query++) {
      yield groupsOf(histograms, plan.block, bins, j);
    }
  }
}

/** What the kernels are asked for. @throws {InputError} when the sides do not go together */
function labelledRequest(
  kernel: "rankBlock" | "histogramBlock",
  sides: Sides<SideWith<"codes" | "labels">>,
  options: ParallelScanOptions,
): ScanRequest {
  codesRelevance(sides);
  const [queries, database] = [sides.queries.codes, sides.database.codes];
  const labels = { queries: sides.queries.labels, database: sides.database.labels };
  const threads = scanThreads(options.threads, queries.count, database.count, database.bits);
  return { kernel, queries, database, labels, limit: 0, threads };
}

/** @param histograms (2, block, bins): all items, relevant items */
function groupsOf(histograms: Uint32Array, block: number, bins: number, j: number): TieGroups {
  return {
    sizes: histograms.subarray(j * bins, (j + 1) * bins),
    relevant: histograms.subarray((block + j) * bins, (block + j + 1) * bins),
  };
}

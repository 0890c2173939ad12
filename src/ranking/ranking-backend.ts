import { checkAborted } from "../core/abort.js";
import { asAsked } from "./as-asked.js";
import type { TopK, TopKOptions } from "./hamming-ranking.js";
import { hammingTopK, neighbours } from "./hamming-ranking.js";
import type { Neighbours } from "./hamming-search.js";
import { checkRadius, joinedNeighbours, searchNearest, searchWithin } from "./hamming-search.js";
import type { ParallelScanOptions } from "./parallel-rankings.js";
import { parallelRankings } from "./parallel-rankings.js";
import type { QueryRanking } from "./query-ranking.js";
import { hammingRankings } from "./query-ranking.js";
import type { Ranker } from "./ranker.js";
import type { Sides, SideWith } from "./side.js";

/** `wasm`: all cores. `webgpu`: compute shaders. `matmul`: products of ±1 codes in tfjs. `reference`: plain TypeScript. */
export type RankingName = "wasm" | "webgpu" | "matmul" | "reference";

/**
 * What ranks a database by Hamming distance. All backends give the same, to the last index: ties go to the lowest index,
 * radii are inclusive. One property-tested suite holds them to it.
 */
export interface RankingBackend extends Ranker<SideWith<"codes" | "labels">> {
  readonly name: RankingName;
  readonly groups: "distances";
  /** For people: where it computes. */
  readonly description: string;
  /** The k nearest codes of each query. @throws {InputError} when codes differ in bits, or k is negative */
  nearest(sides: Sides<SideWith<"codes">>, options?: NearestOptions): Promise<TopK>;
  /** All codes within a radius of each query. @throws {InputError} when codes differ in bits, or the radius is negative */
  within(sides: Sides<SideWith<"codes">>, options?: WithinOptions): Promise<Neighbours>;
  /** Gives the device back, where there is one. */
  close(): void;
}

/** What a search for the nearest is told. */
export interface NearestOptions extends ParallelScanOptions, TopKOptions {}

/** What a search within a radius is told. */
export interface WithinOptions extends ParallelScanOptions {
  /** Largest distance, inclusive. Default 2; 0 or more. */
  radius?: number;
}

/** WebAssembly on several threads. */
export const wasmRanking: RankingBackend = {
  name: "wasm",
  groups: "distances",
  description: "WebAssembly on the processor's cores",
  rankings: parallelRankings,
  nearest: searchNearest,
  within: searchWithin,
  close: () => {},
};

/** Plain TypeScript on one thread, which the others are tested against. */
export const referenceRanking: RankingBackend = {
  name: "reference",
  groups: "distances",
  description: "plain TypeScript, for tests",
  rankings: (sides, options = {}) => asAsked(abortable(hammingRankings(sides), options.signal), sides, options),
  nearest: async (sides, options) => hammingTopK(sides, options),
  async within(sides, options = {}) {
    const radius = checkRadius(options.radius ?? 2);
    return neighboursWithin(hammingTopK(sides, { k: sides.database.codes.count }), radius);
  },
  close: () => {},
};

async function* abortable(
  rankings: Iterable<QueryRanking>,
  signal: AbortSignal | undefined,
): AsyncGenerator<QueryRanking, void> {
  for (const ranking of rankings) {
    checkAborted(signal);
    yield ranking;
  }
}

/** Cuts full rankings off at a radius. */
export function neighboursWithin({ indices, distances }: TopK, radius: number): Neighbours {
  const [queries, count] = indices.shape;
  const lists = Array.from({ length: queries }, (_, query) => {
    const far = distances.data.subarray(query * count, (query + 1) * count);
    const past = far.findIndex(distance => distance > radius);
    const size = past < 0 ? count : past;
    return {
      indices: indices.data.subarray(query * count, query * count + size),
      distances: far.subarray(0, size),
    };
  });
  return joinedNeighbours(lists);
}

/** An empty answer to a search for k neighbours, to be filled. @throws {InputError} when k is negative or no integer */
export function emptyTopK(queries: number, database: number, k = 10): TopK {
  const shape = [queries, neighbours(k, database)];
  const length = shape[0] * shape[1];
  return {
    indices: { data: new Int32Array(length), shape },
    distances: { data: new Uint16Array(length), shape },
  };
}

import type { PackedCodes } from "../codes/packed-codes.js";
import { webGpuDevice } from "../compute/webgpu-device.js";
import { checkAborted } from "../core/abort.js";
import { asAsked } from "./as-asked.js";
import { GpuScan, scanPipelines } from "./gpu-scan.js";
import type { Neighbourhood } from "./hamming-search.js";
import { checkRadius, codesOf, joinedNeighbours } from "./hamming-search.js";
import type { QueryRanking } from "./query-ranking.js";
import { codesRelevance } from "./query-ranking.js";
import type { RankingBackend } from "./ranking-backend.js";
import { emptyTopK } from "./ranking-backend.js";
import type { Sides, SideWith } from "./side.js";

export interface WebGpuRankingOptions {
  /** Parts of the database that workgroups take, at most. Default 1024; each has its histograms for each query. */
  chunks?: number;
}

export interface WebGpuRanking extends RankingBackend {
  /** Whether the processor plays GPU. */
  readonly software: boolean;
}

/**
 * Ranking by compute shaders on the GPU that WebGPU finds. Close it after use, it holds the device.
 * @throws {UnavailableError} when there is no GPU and no Vulkan driver
 */
export async function webGpuRanking(options: WebGpuRankingOptions = {}): Promise<WebGpuRanking> {
  const { chunks = 1024 } = options;
  const gpu = await webGpuDevice();
  const { device, adapter } = gpu;
  const pipelines = scanPipelines(device);
  return {
    name: "webgpu",
    groups: "distances",
    description: `WebGPU on ${adapter.description}`,
    software: adapter.software,
    rankings: (sides, options = {}) => asAsked(rankings(sides, options.signal), sides, options),
    async nearest(sides, { k, signal } = {}) {
      const { queries, database } = codesOf(sides);
      const top = emptyTopK(queries.count, database.count, k);
      const each = top.indices.shape[1];
      await eachNeighbourhood(
        queries,
        database,
        { wanted: () => each, most: each, signal },
        (query, { indices, distances }) => {
          top.indices.data.set(indices, query * each);
          top.distances.data.set(distances, query * each);
        },
      );
      return top;
    },
    async within(sides, options = {}) {
      const { queries, database } = codesOf(sides);
      const radius = Math.min(checkRadius(options.radius ?? 2), database.bits);
      const lists = new Array<Neighbourhood>(queries.count);
      const inside = (sizes: Uint32Array): number => sizes.subarray(0, radius + 1).reduce((a, b) => a + b, 0);
      const request = { wanted: inside, most: database.count, signal: options.signal };
      await eachNeighbourhood(queries, database, request, (query, found) => {
        lists[query] = found;
      });
      return joinedNeighbours(lists);
    },
    close: () => device.destroy(),
  };

  async function* rankings(
    sides: Sides<SideWith<"codes" | "labels">>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<QueryRanking, void> {
    codesRelevance(sides);
    const { queries, database } = sides;
    const labels = { queries: queries.labels, database: database.labels };
    const scan = new GpuScan(gpu, pipelines, queries.codes, database.codes, chunks, labels);
    try {
      for (const { from, count } of scan.blocks()) {
        checkAborted(signal);
        const { sizes, relevant } = await scan.count(from, count);
        const ranks = await scan.ranks(relevant, sizes);
        for (let j = 0; j < count; j++) {
          yield { groups: { sizes: sizes[j], relevant: relevant[j] }, relevantRanks: ranks[j] };
        }
      }
    } finally {
      scan.close();
    }
  }

  async function eachNeighbourhood(
    queries: PackedCodes,
    database: PackedCodes,
    { wanted, most, signal }: Request,
    take: (query: number, found: Neighbourhood) => void,
  ): Promise<void> {
    const scan = new GpuScan(gpu, pipelines, queries, database, chunks);
    try {
      for (const { from, count } of scan.blocks(most)) {
        checkAborted(signal);
        const { sizes } = await scan.count(from, count);
        const lists = await scan.first(sizes, sizes.map(wanted));
        for (const [j, indices] of lists.entries())
          take(from + j, { indices, distances: distancesOf(sizes[j], indices.length) });
      }
    } finally {
      scan.close();
    }
  }
}

interface Request {
  /** How many of the nearest are wanted, by the query's histogram. */
  wanted(sizes: Uint32Array): number;
  /** The most that may be. */
  readonly most: number;
  readonly signal?: AbortSignal;
}

/** The distances of the first `count` of a ranking, which its histogram tells. */
function distancesOf(sizes: Uint32Array, count: number): Uint16Array {
  const distances = new Uint16Array(count);
  for (let distance = 0, from = 0; from < count; from += sizes[distance++]) {
    distances.fill(distance, from, from + sizes[distance]);
  }
  return distances;
}

import type { PackedCodes } from "../codes/packed-codes.js";
import { checkAborted } from "../core/abort.js";
import { asAsked } from "./as-asked.js";
import { nearestByDistance } from "./hamming-ranking.js";
import type { Neighbourhood } from "./hamming-search.js";
import { checkRadius, codesOf, joinedNeighbours } from "./hamming-search.js";
import type { QueryRanking } from "./query-ranking.js";
import { codesRelevance, rankingOfDistances } from "./query-ranking.js";
import type { RankingBackend } from "./ranking-backend.js";
import { emptyTopK } from "./ranking-backend.js";
import type { Sides, SideWith } from "./side.js";

/** A tensor of tfjs, as far as it is needed here. */
export interface RankingTensor {
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

/** What is needed of tfjs: `import * as tf from "@tensorflow/tfjs"` fits. Ranking itself works without it. */
export interface RankingTensors<T extends RankingTensor = RankingTensor> {
  getBackend(): string;
  tensor2d(values: Float32Array, shape: [number, number]): T;
  matMul(a: T, b: T): T;
  topk(x: T, k: number): { values: T; indices: T };
}

/** Bytes of the products of a block of queries, about. */
const BLOCK_BYTES = 64 << 20;

/**
 * Ranking by matrix products: the inner product of two codes of ±1 is bits − 2 · distance. The k nearest are chosen on
 * tfjs' device too; rankings and balls are made of distances that are fetched from there, on one thread here.
 */
export function matmulRanking<T extends RankingTensor>(tf: RankingTensors<T>): RankingBackend {
  return {
    name: "matmul",
    groups: "distances",
    description: `matrix products, tfjs ${tf.getBackend()}`,
    rankings: (sides, options = {}) => asAsked(rankings(sides, options.signal), sides, options),
    async nearest(sides, { k, signal } = {}) {
      const { queries, database } = codesOf(sides);
      const top = emptyTopK(queries.count, database.count, k);
      const each = top.indices.shape[1];
      if (each === 0) return top;
      for await (const { from, products } of eachBlock(queries, database, signal)) {
        const { values, indices } = tf.topk(products, each);
        const far = Uint16Array.from(await values.data(), product => (database.bits - product) / 2);
        top.distances.data.set(far, from * each);
        top.indices.data.set(await indices.data(), from * each);
        values.dispose();
        indices.dispose();
      }
      return top;
    },
    async within(sides, options = {}) {
      const { queries, database } = codesOf(sides);
      const radius = checkRadius(options.radius ?? 2);
      const lists = new Array<Neighbourhood>(queries.count);
      for await (const { query, distances } of eachQuery(queries, database, options.signal)) {
        const inside = distances.reduce((count, distance) => count + (distance <= radius ? 1 : 0), 0);
        lists[query] = nearestByDistance(distances, database.bits, inside);
      }
      return joinedNeighbours(lists);
    },
    close: () => {},
  };

  async function* rankings(
    sides: Sides<SideWith<"codes" | "labels">>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<QueryRanking, void> {
    const relevance = codesRelevance(sides);
    const [queries, database] = [sides.queries.codes, sides.database.codes];
    const mask = new Uint8Array(database.count);
    for await (const { query, distances } of eachQuery(queries, database, signal)) {
      relevance.mark(query, mask);
      yield rankingOfDistances(distances, mask, database.bits);
    }
  }

  async function* eachQuery(
    queries: PackedCodes,
    database: PackedCodes,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<{ query: number; distances: Uint16Array }, void> {
    if (database.count === 0) {
      for (let query = 0; query < queries.count; query++) yield { query, distances: new Uint16Array(0) };
    }
    for await (const { from, count, products } of eachBlock(queries, database, signal)) {
      const all = Uint16Array.from(await products.data(), product => (database.bits - product) / 2);
      for (let j = 0; j < count; j++) {
        yield { query: from + j, distances: all.subarray(j * database.count, (j + 1) * database.count) };
      }
    }
  }

  /** Inner products (count, database), a few queries at a time; disposed of when the next ones are asked for. */
  async function* eachBlock(
    queries: PackedCodes,
    database: PackedCodes,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<{ from: number; count: number; products: T }, void> {
    const { bits } = database;
    if (database.count === 0) return;
    const block = Math.max(1, Math.floor(BLOCK_BYTES / (4 * database.count)));
    const right = tf.tensor2d(signs(database, 0, database.count, true), [bits, database.count]);
    try {
      for (let from = 0; from < queries.count; from += block) {
        checkAborted(signal);
        const count = Math.min(block, queries.count - from);
        const left = tf.tensor2d(signs(queries, from, count, false), [count, bits]);
        const products = tf.matMul(left, right);
        left.dispose();
        try {
          yield { from, count, products };
        } finally {
          products.dispose();
        }
      }
    } finally {
      right.dispose();
    }
  }
}

/** Codes as ±1, (count, bits), or (bits, count) transposed. */
function signs(codes: PackedCodes, from: number, count: number, transposed: boolean): Float32Array {
  const { data, bits, bytesPerCode } = codes;
  const values = new Float32Array(count * bits);
  for (let row = 0; row < count; row++) {
    for (let bit = 0; bit < bits; bit++) {
      const byte = data[(from + row) * bytesPerCode + (bit >> 3)];
      values[transposed ? bit * count + row : row * bits + bit] = 2 * ((byte >> (7 - (bit & 7))) & 1) - 1;
    }
  }
  return values;
}

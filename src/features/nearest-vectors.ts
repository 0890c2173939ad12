import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { TopLists } from "../ranking/top-lists.js";
import { evenBlock, openVectorProducts, rowBlock } from "./vector-products.js";
import type { VectorMeasure } from "./vector-scores.js";

/** Queries of a block: enough that packing the database's vectors costs little beside multiplying them. */
export const QUERY_BLOCK = 512;

/** Vectors of a block of the database: with QUERY_BLOCK queries 16 MiB of scores. */
const DATABASE_BLOCK = 8192;

/** Exhaustive search among vectors, and the engine's memory behind it. */
export interface NearestVectors {
  /**
   * The k nearest of each query, exactly. Blocks of queries meet blocks of the database, so no matrix of all scores exists.
   * @param queries (n, dim) @param k cut to the size of the database
   * @returns a row a query; scores as in {@link VectorMeasure}
   * @throws {InputError} when a score is NaN
   */
  nearest(queries: NdArray<Float32Array>, k: number, options?: Abortable): Promise<TopLists>;
  dispose(): Promise<void>;
}

/**
 * Prepares the search.
 * @param database (m, dim), read in place
 * @param options.queries how many queries there are to be, to make blocks no larger. Default: many
 */
export async function openNearestVectors(
  database: NdArray<Float32Array>,
  options: { readonly measure: VectorMeasure; readonly engine: Engine; readonly queries?: number },
): Promise<NearestVectors> {
  const [items, dim] = database.shape;
  const { measure, engine, queries: expected = QUERY_BLOCK } = options;
  const shape = { rows: Math.max(1, Math.min(expected, QUERY_BLOCK)), columns: evenBlock(items, DATABASE_BLOCK), dim };
  const products = await openVectorProducts(shape, engine);
  const score = scoring(database, measure);
  return {
    async nearest(queries, k, { signal } = {}) {
      const lists = new TopLists(queries.shape[0], Math.min(k, items));
      for (let from = 0; from < queries.shape[0]; from += shape.rows) {
        const some = rowBlock(queries, from, from + shape.rows);
        for (let first = 0; first < items; first += shape.columns) {
          checkAborted(signal);
          const part = rowBlock(database, first, first + shape.columns);
          const values = await products.products(some, part);
          for (let q = 0; q < some.shape[0]; q++) {
            const row = values.subarray(q * shape.columns, q * shape.columns + part.shape[0]);
            score(row, first);
            lists.offer(from + q, row, first);
          }
        }
      }
      return lists;
    },
    dispose: () => products.dispose(),
  };
}

/** Makes scores of inner products with vectors first, first + 1, … of the database, in place. */
type Scoring = (products: Float32Array, first: number) => void;

function scoring(database: NdArray<Float32Array>, measure: VectorMeasure): Scoring {
  switch (measure) {
    case "inner":
      return () => {};
    case "cosine": {
      const scales = squaredLengths(database).map(square => 1 / (Math.sqrt(square) + 1e-12)); // an all-zero vector stays at 0
      return (products, first) => {
        for (let i = 0; i < products.length; i++) products[i] *= scales[first + i];
      };
    }
    case "euclidean": {
      const halves = squaredLengths(database).map(square => square / 2);
      return (products, first) => {
        for (let i = 0; i < products.length; i++) products[i] -= halves[first + i];
      };
    }
  }
}

/** (count,) ‖v‖² of vectors (count, dim). */
export function squaredLengths({ data, shape: [count, dim] }: NdArray<Float32Array>): Float64Array {
  const squares = new Float64Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    let sum = 0;
    for (const end = at + dim; at < end; at++) sum += data[at] * data[at];
    squares[row] = sum;
  }
  return squares;
}

import type { Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";

/** Inner products of blocks of vectors, at the speed of the engine's matrix product, and the engine's memory behind them. */
export interface VectorProducts {
  /** Vectors of the left a call, at most. */
  readonly rows: number;
  /** Vectors of the right a call, at most. */
  readonly columns: number;
  /**
   * @param x (n, dim), n ≤ rows, read in place where n = rows @param y (m, dim), m ≤ columns, as x
   * @returns (rows, columns), of which the first n rows and m columns are ⟨x_i, y_j⟩ and the rest zeros
   */
  products(x: NdArray<Float32Array>, y: NdArray<Float32Array>): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Prepares products. Memory: rows × columns × 4 bytes, and the blocks that are not full. */
export async function openVectorProducts(
  { rows, columns, dim }: { readonly rows: number; readonly columns: number; readonly dim: number },
  engine: Engine,
): Promise<VectorProducts> {
  const program = await engine.prepare({
    inputs: { x: { shape: [rows, dim], dtype: "float32" }, y: { shape: [columns, dim], dtype: "float32" } },
    body: ({ x, y }) => ({ products: tf.matMul(x as Tensor2D, y as Tensor2D, false, true) }), // (rows, columns)
  });
  /** Shapes are fixed: what is missing are zeros. */
  const fill = ({ data }: NdArray<Float32Array>, vectors: number): Float32Array => {
    if (data.length === vectors * dim) return data;
    const block = new Float32Array(vectors * dim);
    block.set(data);
    return block;
  };
  return {
    rows,
    columns,
    products: async (x, y) => (await program.run({ x: fill(x, rows), y: fill(y, columns) })).products.data,
    dispose: () => program.dispose(),
  };
}

/** The size of blocks of nearly equal size, at most so many: the last one is hardly smaller than the others. */
export function evenBlock(count: number, most: number): number {
  return Math.ceil(count / Math.ceil(count / most));
}

/** Some rows of a matrix, in place: (to − from, dim), cut to the rows there are. */
export function rowBlock({ data, shape }: NdArray<Float32Array>, from: number, to: number): NdArray<Float32Array> {
  const [count, dim] = shape;
  const end = Math.min(to, count);
  return { data: data.subarray(from * dim, end * dim), shape: [end - from, dim] };
}

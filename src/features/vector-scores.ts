import type { Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";

/**
 * What orders a database of vectors for a query x. `inner`: ⟨x, y⟩. `cosine`: ⟨x, y⟩/‖y‖. `euclidean`: ⟨x, y⟩ − ‖y‖²/2,
 * which descends as the distance ascends: ‖x − y‖² = ‖x‖² − 2 (⟨x, y⟩ − ‖y‖²/2).
 */
export type VectorMeasure = "inner" | "cosine" | "euclidean";

/** Scores of any queries against one database, and the engine's memory behind them. */
export interface VectorScorer {
  /** Queries a call, at most. */
  readonly block: number;
  /**
   * @param queries (n, dim), n ≤ block
   * @returns (n, database), larger is nearer; comparable within a query
   */
  scores(queries: NdArray<Float32Array>): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Prepares exhaustive search among vectors.
 * @param database (m, dim), read in place
 * @param options.block queries a call. Default 64. Memory: block × m × 4 bytes
 */
export async function vectorScorer(
  database: NdArray<Float32Array>,
  options: { readonly measure: VectorMeasure; readonly engine: Engine; readonly block?: number },
): Promise<VectorScorer> {
  const { measure, engine, block = 64 } = options;
  const [items, dim] = database.shape;
  const program = await engine.prepare({
    inputs: { x: { shape: [block, dim], dtype: "float32" } },
    resident: { database },
    body: ({ x, database: y }) => {
      const products = tf.matMul(x as Tensor2D, tf.transpose(y as Tensor2D)); // (block, m)
      const squares = (): tf.Tensor => tf.sum(tf.square(y), 1); // (m)
      switch (measure) {
        case "inner":
          return { scores: products };
        case "euclidean":
          return { scores: tf.sub(products, tf.mul(squares(), 0.5)) };
        case "cosine":
          return { scores: tf.div(products, tf.add(tf.sqrt(squares()), 1e-12)) }; // ε keeps an all-zero vector at 0
      }
    },
  });
  const scores = async ({ data, shape }: NdArray<Float32Array>): Promise<Float32Array> => {
    const [n, width] = shape;
    if (n > block || width !== dim) {
      throw new InputError("queries do not fit the database", {
        expected: `at most ${block} vectors of length ${dim}`,
        actual: `${n} of length ${width}`,
      });
    }
    const filled = new Float32Array(block * dim); // shapes are fixed: the rest are zeros
    filled.set(data.subarray(0, n * dim));
    return (await program.run({ x: filled })).scores.data.subarray(0, n * items);
  };
  return { block, scores, dispose: () => program.dispose() };
}

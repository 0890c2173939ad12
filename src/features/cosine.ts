import type { Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { ScoreBlock } from "../ranking/score-ranking.js";

/** Cosine similarities of query features to all database features, and the engine's memory behind them. */
export interface CosineScores {
  /** Hand this to `evaluateScores`. Blocks of up to `block` queries. */
  readonly scores: ScoreBlock;
  /** Queries a block, for `evaluateScores`' option of that name. */
  readonly block: number;
  dispose(): Promise<void>;
}

/**
 * Prepares exhaustive search by cosine similarity: the baseline that hash codes are measured against.
 * @param queries (n, dim)
 * @param database (m, dim), read in place
 * @throws {InputError} when the dimensions differ
 */
export async function cosineScores(
  engine: Engine,
  queries: NdArray<Float32Array>,
  database: NdArray<Float32Array>,
): Promise<CosineScores> {
  const [count, dim] = queries.shape;
  if (database.shape[1] !== dim) {
    throw new InputError("query and database features differ in length", {
      expected: `${dim}, the queries'`,
      actual: `${database.shape[1]}`,
    });
  }
  const block = Math.min(64, count);
  const program = await engine.prepare({
    inputs: { x: { shape: [block, dim], dtype: "float32" } },
    resident: { database },
    body: ({ x, database: items }) => {
      const products = tf.matMul(x as Tensor2D, tf.transpose(items as Tensor2D)); // (block, m)
      const lengths = tf.sqrt(tf.sum(tf.square(items), 1)); // (m)
      // a query's own length does not change its ranking; ε keeps an all-zero feature at similarity 0
      return { scores: tf.div(products, tf.add(lengths, 1e-12)) };
    },
  });
  const scores: ScoreBlock = async (from, to) => {
    const start = Math.min(from, count - block); // the last block overlaps the one before: shapes are fixed
    const result = await program.run({ x: queries.data.subarray(start * dim, (start + block) * dim) });
    const width = database.shape[0];
    return result.scores.data.subarray((from - start) * width, (to - start) * width);
  };
  return { scores, block, dispose: () => program.dispose() };
}

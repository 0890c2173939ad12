import type { Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { NdArray } from "../core/arrays.js";
import type { Engine } from "./program.js";

/**
 * X · Wᵀ on an engine.
 * @param x (n, dim), in blocks of rows
 * @param weights (out, dim)
 * @returns (n, out)
 */
export async function productWith(
  x: NdArray<Float32Array>,
  weights: NdArray<Float32Array>,
  { engine }: { readonly engine: Engine },
): Promise<NdArray<Float32Array>> {
  const [n, dim] = x.shape;
  const out = weights.shape[0];
  const data = new Float32Array(n * out);
  await inRowBlocks(n, async (rows, blocks) => {
    const program = await engine.prepare({
      inputs: { x: { shape: [rows, dim], dtype: "float32" } },
      resident: { weights },
      body: t => ({ y: tf.matMul(t.x as Tensor2D, tf.transpose(t.weights as Tensor2D)) }),
    });
    try {
      for (const from of blocks) {
        const { y } = await program.run({ x: x.data.subarray(from * dim, (from + rows) * dim) });
        data.set(y.data, from * out);
      }
    } finally {
      await program.dispose();
    }
  });
  return { data, shape: [n, out] };
}

/** Rows that one call of a compiled program takes: enough to fill the cores, little enough to bound memory. */
const BLOCK = 4096;

/**
 * Splits n rows into blocks of equal size and a rest, because compiled programs have fixed shapes.
 * @param work is called once or twice: with a number of rows and the first row of each block of that size
 */
export async function inRowBlocks(
  n: number,
  work: (rows: number, blocks: readonly number[]) => Promise<void>,
): Promise<void> {
  const whole = Math.floor(n / BLOCK);
  if (whole > 0) {
    await work(
      BLOCK,
      Array.from({ length: whole }, (_, i) => i * BLOCK),
    );
  }
  if (n % BLOCK > 0) await work(n % BLOCK, [whole * BLOCK]);
}

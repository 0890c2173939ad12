import type { Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { NdArray } from "../core/arrays.js";
import { inRowBlocks } from "./product.js";
import type { Engine } from "./program.js";

/** Mean of the rows, in double precision. */
export function meanRow({ data, shape }: NdArray<Float32Array>): Float64Array {
  const [rows, dim] = shape;
  const mean = new Float64Array(dim);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < dim; i++) mean[i] += data[row * dim + i];
  }
  return mean.map(sum => sum / rows);
}

/** Σ (x − mean)(x − mean)ᵀ, (dim, dim): products of blocks of rows on the engine, added in double precision. */
export async function scatterMatrix(
  { data, shape }: NdArray<Float32Array>,
  mean: NdArray<Float32Array>,
  { engine }: { readonly engine: Engine },
): Promise<Float64Array> {
  const [n, dim] = shape;
  const total = new Float64Array(dim * dim);
  await inRowBlocks(n, async (rows, blocks) => {
    const program = await engine.prepare({
      inputs: { x: { shape: [rows, dim], dtype: "float32" } },
      constants: { mean },
      body: t => {
        const centred = tf.sub(t.x as Tensor2D, t.mean) as Tensor2D;
        return { product: tf.matMul(tf.transpose(centred), centred) };
      },
    });
    try {
      for (const from of blocks) {
        const { product } = await program.run({ x: data.subarray(from * dim, (from + rows) * dim) });
        for (let at = 0; at < total.length; at++) total[at] += product.data[at];
      }
    } finally {
      await program.dispose();
    }
  });
  return total;
}

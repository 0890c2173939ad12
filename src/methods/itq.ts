// ITQ: Gong, Lazebnik, "Iterative Quantization: A Procrustean Approach to Learning Binary Codes", CVPR 2011.
import * as tf from "@tensorflow/tfjs";
import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { Random } from "../core/random.js";
import type { FittedMethod } from "./method.js";
import { centredProduct } from "./pcah.js";
import { alongAxes, principalAxes } from "./principal-axes.js";

/** Options of ITQ. */
export interface ItqOptions {
  /** Rounds of quantisation and rotation, ≥ 0. Default 50, as the paper and its code. */
  readonly iterations: number;
}

/**
 * Principal components turned so that they lie near the corners of the cube: min ‖B − V·R‖² over B = ±1 and rotations R,
 * in turns (section 2.2), from a seeded random rotation. Bits are at most the dimensions of the features.
 */
export const itq: FittedMethod<ItqOptions> = {
  kind: "fitted",
  name: "itq",
  title: "ITQ",
  colour: "#009E73",
  source: "Gong, Lazebnik, CVPR 2011, section 2.2",
  options: {
    iterations: { type: "integer", minimum: 0, default: 50, description: "rounds of quantisation and rotation" },
  },
  async fit(features, { bits, engine, random, options: { iterations } }) {
    const { mean, axes } = await principalAxes(features, { count: bits, engine, random });
    const projected = await alongAxes(features, { mean, axes }, { engine });
    const start = randomRotation(bits, random);
    const rotation = await itqRotation(projected, start, { iterations, engine });
    // V·R = (x − mean)·Aᵀ·R: the rows of Rᵀ·A are the axes
    const turned = rotation.transpose().mmul(Matrix.from1DArray(bits, features.shape[1], [...axes.data]));
    return { mean, axes: { data: Float32Array.from(turned.to1DArray()), shape: axes.shape } };
  },
  encode: centredProduct,
};

/**
 * The rotation R of ITQ, (bits, bits): B = sign(V·R), then R = U·Wᵀ from Vᵀ·B = U·Σ·Wᵀ, again and again.
 * @param projected V, (n, bits), centred
 * @param start the first R, orthogonal
 */
export async function itqRotation(
  projected: NdArray<Float32Array>,
  start: Matrix,
  { iterations, engine }: { iterations: number; engine: Engine },
): Promise<Matrix> {
  const bits = projected.shape[1];
  const program = await engine.prepare({
    inputs: { rotation: { shape: [bits, bits], dtype: "float32" } },
    resident: { projected },
    body: t => {
      const v = t.projected as tf.Tensor2D;
      const turned = tf.matMul(v, t.rotation as tf.Tensor2D); // (n, bits)
      const codes = tf.sub(tf.mul(tf.cast(tf.greaterEqual(turned, 0), "float32"), 2), 1) as tf.Tensor2D;
      return { product: tf.matMul(tf.transpose(v), codes) }; // (bits, bits)
    },
  });
  try {
    let rotation = start;
    for (let round = 0; round < iterations; round++) {
      const { product } = await program.run({ rotation: Float32Array.from(rotation.to1DArray()) });
      const matrix = Matrix.from1DArray(bits, bits, [...product.data]);
      const { leftSingularVectors, rightSingularVectors } = new SingularValueDecomposition(matrix);
      rotation = leftSingularVectors.mmul(rightSingularVectors.transpose());
    }
    return rotation;
  } finally {
    await program.dispose();
  }
}

/** Q of the QR decomposition of a normal matrix, as the authors' code starts. */
function randomRotation(bits: number, random: Random): Matrix {
  const draws = Matrix.from1DArray(bits, bits, [...random.normals(bits * bits)]);
  return new QrDecomposition(draws).orthogonalMatrix;
}

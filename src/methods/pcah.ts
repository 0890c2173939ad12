import * as tf from "@tensorflow/tfjs";
import type { Tensors } from "../compute/program.js";
import type { FittedMethod } from "./method.js";
import { principalAxes } from "./principal-axes.js";

/** PCAH has no options. */
export type PcahOptions = Readonly<Record<never, never>>;

/**
 * Signs of the principal components, the plainest learned code, of which the first bits say most: as in the comparisons
 * of Gong and Lazebnik and of Wang, Kumar and Chang. Bits are at most the dimensions of the features.
 */
export const pcah: FittedMethod<PcahOptions> = {
  kind: "fitted",
  name: "pcah",
  title: "PCAH",
  source: 'Wang, Kumar, Chang, "Semi-supervised hashing for scalable image retrieval", CVPR 2010, as a baseline',
  options: {},
  async fit(features, { bits, engine, random }) {
    const { mean, axes } = await principalAxes(features, { count: bits, engine, random });
    return { mean, axes };
  },
  encode: centredProduct,
};

/**
 * (x − mean)·Aᵀ, (batch, bits).
 * @param fitted `mean` (dim) and `axes` (bits, dim)
 */
export function centredProduct(features: tf.Tensor2D, { mean, axes }: Tensors): tf.Tensor2D {
  return tf.matMul(tf.sub<tf.Tensor2D>(features, mean), tf.transpose(axes as tf.Tensor2D));
}

import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../../src/backbone/backbone.js";
import { convolve } from "../../src/backbone/convolve.js";
import type { ResidualStage } from "../../src/backbone/resnet.js";
import type { Random } from "../../src/core/random.js";

/** A stage of two convolutions and a shortcut: strided, padded, and what a residual block has. */
export const tinyStage: ResidualStage = {
  layers: [
    { conv: "a", norm: "", shape: [6, 4, 3, 3], depthwise: false },
    { conv: "b", norm: "", shape: [6, 4, 1, 1], depthwise: false },
  ],
  forward: (x, weights) =>
    tf.relu(
      tf.add<tf.Tensor4D>(
        convolve(x, weights, "a", { stride: 2, pad: 1, activation: "relu" }),
        convolve(x, weights, "b", { stride: 2, pad: 0 }),
      ),
    ),
};

/** Weights of {@link tinyStage}, and of a layer that is not its own. */
export function tinyWeights(random: Random): Backbone["weights"] {
  return {
    "a.weight": { data: random.normals(3 * 3 * 4 * 6, 0.3), shape: [3, 3, 4, 6] },
    "a.bias": { data: new Float32Array(6), shape: [6] },
    "b.weight": { data: random.normals(4 * 6, 0.3), shape: [1, 1, 4, 6] },
    "b.bias": { data: new Float32Array(6), shape: [6] },
    "stem.weight": { data: Float32Array.of(7), shape: [1, 1, 1, 1] },
  };
}

import type * as tf from "@tensorflow/tfjs";
import type { Engine, Program } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { Preprocessing } from "../images/preprocessing.js";

/** A frozen network with its weights: preprocessed images in, features out. */
export interface Backbone {
  readonly name: string;
  /** Length of a feature. */
  readonly dim: number;
  readonly preprocessing: Preprocessing;
  /** Where in the network features are taken, when not at the pooled end. */
  readonly layer?: string;
  /** Batch norms folded, filters in tfjs's layout; to be handed to `forward` as tensors. */
  readonly weights: Readonly<Record<string, NdArray<Float32Array>>>;
  /** sha-256 (hex) of the weights file. */
  readonly weightsHash: string;
  /** What the weights file says of the items that they were tuned on, as JSON. Default: nothing. */
  readonly seen?: string;
  /**
   * A pure tfjs function, to be run eagerly or traced.
   * @param images (batch, crop, crop, 3), normalised by `preprocessing`
   * @returns features (batch, dim)
   */
  forward(images: tf.Tensor4D, weights: Readonly<Record<string, tf.Tensor>>): tf.Tensor2D;
  /** Where there is no such function (a foreign ONNX file): makes the program `images` → `features` another way. */
  prepare?(engine: Engine): Promise<Program>;
}

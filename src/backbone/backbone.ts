import type * as tf from "@tensorflow/tfjs";
import type { Engine, Program } from "../compute/program.js";
import type { Quantization } from "../compute/quantization.js";
import type { NdArray } from "../core/arrays.js";
import type { Preprocessing } from "../images/preprocessing.js";
import type { MapLayout } from "./pooled-map.js";
import type { Pooling } from "./pooling.js";

/** A network as an ONNX model, to be joined with what follows it. */
export interface BackboneGraph {
  /** A serialised ModelProto, its weights in it. @throws {InputError} when it is too large to be one */
  bytes(): Uint8Array;
  /** Name of the input, float32: (batch, 3, crop, crop) where `channelsFirst`, else (batch, crop, crop, 3). */
  readonly input: string;
  /** Name of the output; flattened, it is (batch, dim). */
  readonly output: string;
  readonly channelsFirst: boolean;
  /** Images a call; 0 when any number goes. */
  readonly batch: number;
  /** How the output, a map, becomes the feature. Absent: it is flattened. */
  readonly pooled?: { readonly pool: Pooling; readonly layout: MapLayout };
}

/** A frozen network with its weights: preprocessed images in, features out. */
export interface Backbone {
  readonly name: string;
  /** Length of a feature. */
  readonly dim: number;
  readonly preprocessing: Preprocessing;
  /** What of the preprocessing nobody said and was assumed, a sentence each. Absent or empty: all is known. */
  readonly assumptions?: readonly string[];
  /** Where in the network features are taken, when not at the pooled end. */
  readonly layer?: string;
  /** How the last map becomes a feature; absent at the average, which it mostly is. */
  readonly pool?: Pooling;
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
  /**
   * The map that {@link forward} pools. Absent where features are no pooled map: at an earlier layer, of an ONNX file.
   * @returns (batch, height, width, dim)
   */
  map?(images: tf.Tensor4D, weights: Readonly<Record<string, tf.Tensor>>): tf.Tensor4D;
  /**
   * Where there is no such function (a foreign ONNX file): makes the program `images` → `features` another way.
   * @param side of the images, pixels. Default: as `preprocessing` says
   */
  prepare?(engine: Engine, side?: number): Promise<Program>;
  /** Computes in 8-bit integers within these ranges, whoever runs it. Default: in 32-bit floats. */
  readonly quantization?: Quantization;
  /** The same network as an ONNX model, where it came as one. */
  readonly graph?: BackboneGraph;
}

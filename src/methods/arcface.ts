// ArcFace: Deng, Guo, Xue, Zafeiriou, "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR 2019,
// arXiv 1801.07698.
import * as tf from "@tensorflow/tfjs";
import { InputError } from "../core/errors.js";
import type { OptionsSchema } from "../core/options.js";
import type { Random } from "../core/random.js";
import { NECK } from "./batch-normalisation.js";
import type { Batch, MethodArrays, MethodShape, TrainedMethod } from "./method.js";
import { unitRows } from "./unit-rows.js";

/** Options of ArcFace. */
export interface ArcFaceOptions {
  /** s, scale of the cosines in the softmax, > 0. Default 64. */
  readonly scale: number;
  /** m, radians added to the angle to an item's own class, 0 ≤ m ≤ 1.5. Default 0.5. */
  readonly margin: number;
  /** Which angles have the margin. Default "all". */
  readonly margins: "all" | "acute";
}

/** The declaration of ArcFace's options, for methods that have more. */
export const ARCFACE_OPTIONS: OptionsSchema<ArcFaceOptions> = {
  scale: { type: "number", exclusiveMinimum: 0, default: 64, description: "s, scale of the cosines" },
  margin: { type: "number", minimum: 0, maximum: 1.5, default: 0.5, description: "m, angular margin in radians" },
  margins: {
    enum: ["all", "acute"],
    default: "all",
    description: "angles that have it: all (beyond π − m as cos θ − m·sin m), or acute ones alone (easy margin)",
  },
};

/** Below it 1 − cos² has no gradient: that of a sine at an angle of 0 is infinite. */
const LEAST_SQUARED_SINE = 1e-7;

/**
 * Softmax cross-entropy of s·cos θ over the classes, with cos(θ + m) for an item's own class (equation 3): θ is the angle
 * between the embedding and the class' weights, which are trained beside the head; both are taken at length 1. Where
 * θ > π − m, cos(θ + m) would rise again: there it is cos θ − m·sin m, as in the authors' first code and in
 * pytorch-metric-learning; with `margins: "acute"`, their easy margin, θ beyond 90° have no margin at all. The
 * embedding is the hash layer's output after batch normalisation, as the paper's option E has it, here without a shift.
 * Data with several classes an item is refused.
 */
export const arcface: TrainedMethod<ArcFaceOptions> = {
  kind: "trained",
  name: "arcface",
  title: "ArcFace",
  colour: "#E69F00",
  source: "Deng et al., CVPR 2019, arXiv 1801.07698: equation 3, additive angular margin",
  output: "embedding",
  activation: "none",
  normalise: NECK,
  options: ARCFACE_OPTIONS,
  presets: {
    insightface: {
      source: "github.com/deepinsight/insightface: recognition/arcface_torch/configs/ms1mv3_r50_onegpu.py",
      settings: {
        hidden: [],
        epochs: 20,
        batch: 128,
        learningRate: 0.02,
        optimizer: { kind: "sgd", momentum: 0.9, weightDecay: 5e-4 },
      },
    },
  },
  parameters: arcfaceParameters,
  loss: arcfaceLoss,
};

/** The weights of the classes, (classes, bits), normal and of length about 1. */
export function arcfaceParameters({ bits, classes }: MethodShape, _options: unknown, random: Random): MethodArrays {
  return { classifier: { data: random.normals(classes * bits, 1 / Math.sqrt(bits)), shape: [classes, bits] } };
}

/** The loss of {@link arcface}; `batch.parameters.classifier` is (classes, bits). */
export function arcfaceLoss(
  embeddings: tf.Tensor2D,
  { labels, oneHot, parameters }: Batch,
  { scale, margin, margins }: ArcFaceOptions,
): tf.Scalar {
  if (labels.rank !== 1) {
    throw new InputError("ArcFace classifies into one class an item", {
      expected: "class numbers",
      actual: "labels with several classes an item",
    });
  }
  const weights = unitRows(parameters.classifier as tf.Tensor2D);
  const cosines = tf.matMul(unitRows(embeddings), tf.transpose(weights)); // (batch, classes)
  const own = tf.sum(tf.mul(cosines, oneHot), 1); // (batch)
  const sines = tf.sqrt(tf.maximum(tf.sub(1, tf.square(own)), LEAST_SQUARED_SINE));
  const beyond = tf.sub(tf.mul(own, Math.cos(margin)), tf.mul(sines, Math.sin(margin))); // cos(θ + m)
  const target = {
    all: () => tf.where(tf.greaterEqual(own, -Math.cos(margin)), beyond, tf.sub(own, margin * Math.sin(margin))),
    acute: () => tf.where(tf.greaterEqual(own, 0), beyond, own),
  }[margins]();
  const moved = tf.mul(oneHot, tf.expandDims(tf.sub(target, own), 1)); // (batch, classes)
  const logits = tf.mul(tf.add(cosines, moved), scale);
  return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(oneHot, tf.logSoftmax(logits)), 1)));
}

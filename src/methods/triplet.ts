// Batch-hard triplets: Hermans, Beyer, Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017,
// arXiv 1703.07737.
import * as tf from "@tensorflow/tfjs";
import type { OptionsSchema } from "../core/options.js";
import { gram } from "./gram.js";
import { softplus } from "./logarithms.js";
import type { Batch, TrainedMethod } from "./method.js";
import { unitRows } from "./unit-rows.js";

/** Options of the triplet loss. */
export interface TripletOptions {
  /** m of [m + d(a, p) − d(a, n)]₊, > 0. Default: the soft margin, log(1 + exp(d(a, p) − d(a, n))). */
  readonly margin?: number;
  /** What d is. Default "euclidean". */
  readonly distance: "euclidean" | "unit";
}

/** The declaration of the triplet loss' options, for methods that have more. */
export const TRIPLET_OPTIONS: OptionsSchema<TripletOptions> = {
  margin: { type: "number", exclusiveMinimum: 0, description: "m of the hinge; else the soft margin" },
  distance: {
    enum: ["euclidean", "unit"],
    default: "euclidean",
    description: "of embeddings as they are, or at length 1, 0..2, which orders as the cosine does",
  },
};

/**
 * Each item of the batch against the farthest of its own class and the nearest of another (equation 5): the hinge with a
 * margin, or the soft margin, which the paper found best. d is the Euclidean distance, not squared, as the paper has it;
 * `distance: "unit"` takes embeddings at length 1, as they are ranked in the end (by cosine). The mean is over items
 * that have both, 0 where there are none. Multi-label items are of one class when they share one. Batches must hold
 * several items of a class: `batches: { kind: "balanced" }` is the paper's P × K.
 */
export const triplet: TrainedMethod<TripletOptions> = {
  kind: "trained",
  learnsFrom: "pairs",
  name: "triplet",
  title: "triplet",
  source: "Hermans, Beyer, Leibe, 2017, arXiv 1703.07737: equation 5, batch hard",
  output: "embedding",
  activation: "none",
  options: TRIPLET_OPTIONS,
  presets: {
    "triplet-reid": {
      source: "github.com/VisualComputingInstitute/triplet-reid: market1501_train.sh, heads/fc1024.py",
      settings: {
        hidden: [1024],
        batch: 72,
        batches: { kind: "balanced", perClass: 4 },
        learningRate: 3e-4,
        options: { distance: "euclidean" },
      },
    },
  },
  loss: (codes, batch, options) => batchHardTriplets(codes, batch, options),
};

/** Below it a squared distance has no gradient: that of a root at 0 is infinite. */
const LEAST_SQUARED_DISTANCE = 1e-12;

/** Added to the distances of what is no candidate for the nearest. */
const FAR_AWAY = 1e9;

/** The loss of {@link triplet}. @param vectors (batch, bits) */
export function batchHardTriplets(
  vectors: tf.Tensor2D,
  { size, similar }: Pick<Batch, "size" | "similar">,
  { margin, distance }: TripletOptions,
): tf.Scalar {
  const distances = distancesOf({ euclidean: () => vectors, unit: () => unitRows(vectors) }[distance]());
  const positive = tf.mul(similar, tf.sub(1, tf.eye(size))); // (batch, batch)
  const negative = tf.sub(1, similar);
  const farthest = tf.max(tf.mul(distances, positive), 1); // (batch)
  const nearest = tf.min(tf.add(distances, tf.mul(tf.sub(1, negative), FAR_AWAY)), 1);
  const both = tf.mul(tf.max(positive, 1), tf.max(negative, 1)); // 1 where an item has both
  const gaps = tf.mul(tf.sub(farthest, nearest), both);
  const losses = margin === undefined ? softplus(gaps) : tf.relu(tf.add(gaps, margin));
  return tf.div(tf.sum(tf.mul(losses, both)), tf.maximum(tf.sum(both), 1));
}

/** Euclidean distances of all pairs of rows, (batch, batch). */
function distancesOf(rows: tf.Tensor2D): tf.Tensor2D {
  const squares = tf.sum(tf.square(rows), 1, true); // (batch, 1)
  const squared = tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(gram(rows), 2));
  return tf.sqrt(tf.maximum<tf.Tensor2D>(squared, LEAST_SQUARED_DISTANCE));
}

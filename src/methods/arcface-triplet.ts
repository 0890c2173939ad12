// Two losses around a batch-normalised neck: Luo, Gu, Liao, Lai, Jiang, "Bag of Tricks and A Strong Baseline for Deep Person
// Re-identification", CVPRW 2019, arXiv 1903.07071, with ArcFace as the loss of the classes.
import * as tf from "@tensorflow/tfjs";
import type { ArcFaceOptions } from "./arcface.js";
import { ARCFACE_OPTIONS, arcfaceLoss, arcfaceParameters } from "./arcface.js";
import { NECK } from "./batch-normalisation.js";
import type { TrainedMethod } from "./method.js";
import type { TripletOptions } from "./triplet.js";
import { batchHardTriplets, TRIPLET_OPTIONS } from "./triplet.js";

/** Options of ArcFace and triplet together. */
export interface ArcFaceTripletOptions extends ArcFaceOptions {
  /** Margin of the triplets, > 0. Default 0.3. */
  readonly tripletMargin: number;
  /** Distance of the triplets, as for `triplet`. Default "euclidean". */
  readonly distance: TripletOptions["distance"];
  /** Weight of the triplets beside ArcFace, ≥ 0. Default 1. */
  readonly weight: number;
}

/**
 * Triplets (batch hard, with a margin) of the hash layer's output, which a batch normalisation without shift follows, and
 * ArcFace of what comes out of that neck: the two losses want different spaces (section 3.6). What is ranked, by cosine, is
 * the output of the neck. The paper has a plain softmax with label smoothing in ArcFace's place; the second place of
 * DIGIX 2020 has ArcFace.
 */
export const arcfaceTriplet: TrainedMethod<ArcFaceTripletOptions> = {
  kind: "trained",
  learnsFrom: "pairs",
  name: "arcface-triplet",
  title: "ArcFace + triplet",
  colour: "#CC79A7",
  source: "Luo et al., CVPRW 2019, arXiv 1903.07071: BNNeck, triplets before and ArcFace after it",
  output: "embedding",
  activation: "none",
  normalise: NECK,
  options: {
    ...ARCFACE_OPTIONS,
    tripletMargin: { type: "number", exclusiveMinimum: 0, default: 0.3, description: "margin of the triplets" },
    distance: TRIPLET_OPTIONS.distance,
    weight: { type: "number", minimum: 0, default: 1, description: "of the triplets beside ArcFace" },
  },
  presets: {
    "reid-strong-baseline": {
      source: "github.com/michuanhaohao/reid-strong-baseline: configs/softmax_triplet.yml (there a plain softmax)",
      settings: {
        hidden: [],
        epochs: 120,
        batch: 64,
        batches: { kind: "balanced", perClass: 4 },
        learningRate: 3.5e-4,
        optimizer: { kind: "adam", weightDecay: 5e-4 },
        options: { tripletMargin: 0.3, distance: "euclidean", weight: 1 },
      },
    },
  },
  parameters: arcfaceParameters,
  loss(codes, batch, { tripletMargin, distance, weight, ...ofArcFace }) {
    const triplets = batchHardTriplets(batch.z, batch, { margin: tripletMargin, distance });
    return tf.add(arcfaceLoss(codes, batch, ofArcFace), tf.mul(triplets, weight));
  },
};

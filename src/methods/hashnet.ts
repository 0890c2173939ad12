// HashNet: Cao, Long, Wang, Yu, "HashNet: Deep Learning to Hash by Continuation", ICCV 2017, arXiv 1702.00758.
import * as tf from "@tensorflow/tfjs";
import type { PairSettings } from "./batch-pairs.js";
import { batchPairs, PAIR_SETTINGS } from "./batch-pairs.js";
import type { Continuation } from "./continuation.js";
import { CONTINUATIONS, continuationBeta } from "./continuation.js";
import { gram } from "./gram.js";
import { softplus } from "./logarithms.js";
import type { TrainedMethod } from "./method.js";
import { pairLikelihood } from "./pair-likelihood.js";
import type { PairOptions } from "./pair-mean.js";
import { weightedPairMean } from "./pair-mean.js";

/** Options of HashNet. */
export interface HashNetOptions extends PairSettings {
  /** α of the adaptive sigmoid. Default 10/bits. */
  readonly alpha?: number;
  /** How β grows. */
  readonly continuation: Continuation;
}

export const hashnet: TrainedMethod<HashNetOptions> = {
  kind: "trained",
  learnsFrom: "pairs",
  name: "hashnet",
  title: "HashNet",
  colour: "#0072B2",
  source: "Cao et al., ICCV 2017, arXiv 1702.00758, equations 2 and 4, section 3.2",
  options: {
    alpha: {
      type: "number",
      exclusiveMinimum: 0,
      description: "α of the adaptive sigmoid; default 10/bits, as the authors' codes",
    },
    continuation: {
      enum: CONTINUATIONS,
      default: "end-point",
      description:
        "how β grows: the authors' schedule stretched to the training (1 to √51), √(1 + ⌊epoch/20⌋) as DeepHash-pytorch, or not at all",
    },
    ...PAIR_SETTINGS,
  },
  presets: {
    // Pairs there are between two batches of 256; here they are those within one, which gives a code the same gradient.
    "official-caffe": {
      source: "github.com/thuml/HashNet: pairwise_loss_layer.cu, models/train/imagenet/{train_val,solver}.prototxt",
      settings: {
        hidden: [],
        batch: 256,
        epochs: 200, // 10,000 iterations of 256 of ImageNet100's 13,000 images
        learningRate: 2e-4,
        schedule: { kind: "step", every: 40, factor: 0.5 }, // 2,000 iterations
        // The hash layer learns ten times as fast, biases twice as fast as their weights.
        optimizer: {
          kind: "sgd",
          momentum: 0.9,
          weightDecay: 5e-4,
          decayBiases: false,
          hashFactor: 10,
          biasFactor: 2,
        },
        options: { confidence: "overlap", weighting: "fixed", similarWeight: 100, reduction: "weighted-mean" },
      },
    },
    "deephash-pytorch": {
      source: "github.com/swuxyj/DeepHash-pytorch: HashNet.py",
      settings: {
        hidden: [],
        batch: 64,
        epochs: 150,
        learningRate: 1e-5,
        optimizer: { kind: "rmsprop", weightDecay: 1e-5 },
        options: { alpha: 0.1, continuation: "sqrt-epochs", confidence: "none", pairs: "all" },
      },
    },
    // Corrected: partners come from the whole class and are never the item itself, β grows, codes are binarised.
    seed: {
      source: "the PyTorch notebooks this project started from, with their faults corrected",
      settings: {
        hidden: [512],
        dropout: 0.2,
        epochs: 51,
        batch: 256, // 128 pairs
        batches: { kind: "pairs" },
        learningRate: 1e-4,
        schedule: { kind: "step", every: 10, factor: 0.8 },
        options: { pairs: "partners" },
      },
    },
  },
  sharpness: ({ step, steps, stepsPerEpoch }, { continuation }) =>
    continuationBeta(step, steps, { continuation, stepsPerEpoch }),
  loss: (codes, batch, { alpha, continuation: _, ...settings }) => {
    const { similarity, ...pairs } = batchPairs(batch, settings);
    return hashNetLoss(codes, similarity, { alpha, ...pairs });
  },
};

/** Options of {@link hashNetLoss}. */
export interface HashNetLossOptions extends PairOptions {
  /** α of the adaptive sigmoid, > 0. Default 10/bits, as the authors' codes (0.2 at 48 bits). */
  readonly alpha?: number;
}

/**
 * Weighted pairwise likelihood loss of HashNet (equation 4):
 * L = mean over pairs of w_ij · [log(1 + exp(α⟨h_i,h_j⟩)) − s_ij·α⟨h_i,h_j⟩].
 * Mean instead of the paper's sum, unless `reduction` says otherwise; `PairRule` says which pairs and weights.
 *
 * @param relaxedCodes h = tanh(βz) with the growing β of `continuationBeta`, (batch, bits)
 * @param similarity s, 0/1, or 0..1 with `graded`, (batch, batch)
 * @returns scalar
 */
export function hashNetLoss(
  relaxedCodes: tf.Tensor2D,
  similarity: tf.Tensor2D,
  { alpha = 10 / relaxedCodes.shape[1], ...pairOptions }: HashNetLossOptions = {},
): tf.Scalar {
  const logits = tf.mul<tf.Tensor2D>(gram(relaxedCodes), alpha); // (batch, batch)
  const losses =
    pairOptions.graded === true ? gradedLikelihood(logits, similarity) : pairLikelihood(logits, similarity);
  return weightedPairMean(losses, similarity, pairOptions);
}

/** softplus(x) − s·x = s·softplus(−x) + (1 − s)·softplus(x), without cancellation. */
function gradedLikelihood(logits: tf.Tensor2D, similarity: tf.Tensor2D): tf.Tensor2D {
  const similar = tf.mul(similarity, softplus(tf.neg(logits)));
  return tf.add(similar, tf.mul(tf.sub(1, similarity), softplus(logits)));
}

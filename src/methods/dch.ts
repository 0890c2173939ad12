// DCH: Cao, Long, Liu, Wang, "Deep Cauchy Hashing for Hamming Space Retrieval", CVPR 2018.
import * as tf from "@tensorflow/tfjs";
import type { PairSettings } from "./batch-pairs.js";
import { batchPairs, PAIR_SETTINGS } from "./batch-pairs.js";
import { gram } from "./gram.js";
import { log1p } from "./logarithms.js";
import type { TrainedMethod } from "./method.js";
import type { PairOptions } from "./pair-mean.js";
import { PAIR_RULE, weightedPairMean } from "./pair-mean.js";
import { magnitudes, quadraticQuantization } from "./quantization.js";

/** What DCH's loss has beside the rule of pairs. */
export interface DchRule {
  readonly gamma: number;
  readonly lambda: number;
  readonly proxy: "cosine" | "squared-euclidean";
  readonly quantization: "cauchy" | "quadratic";
  readonly epsilon: number;
  readonly cosineLimit: number;
}

/** Options of DCH. */
export interface DchOptions extends DchRule, PairSettings {}

/** Options of {@link dchLoss}; defaults as for {@link dch}. */
export interface DchLossOptions extends Partial<DchRule>, PairOptions {}

/** γ and λ as widely used, the rest as the paper. */
const DCH_RULE: DchRule = {
  gamma: 20,
  lambda: 0.1,
  proxy: "cosine",
  quantization: "cauchy",
  epsilon: 0.001,
  cosineLimit: 1,
};

export const dch: TrainedMethod<DchOptions> = {
  kind: "trained",
  learnsFrom: "pairs",
  name: "dch",
  title: "DCH",
  colour: "#D55E00",
  source: "Cao et al., CVPR 2018, equations 6 to 9",
  options: {
    gamma: {
      type: "number",
      exclusiveMinimum: 0,
      default: DCH_RULE.gamma,
      description:
        "γ, Hamming units: a pair at distance γ is similar with probability 1/2; smaller pulls similar pairs into a tighter ball",
    },
    lambda: {
      type: "number",
      minimum: 0,
      default: DCH_RULE.lambda,
      description: "λ, weight of the quantisation loss",
    },
    proxy: {
      enum: ["cosine", "squared-euclidean"],
      default: DCH_RULE.proxy,
      description:
        "distance in Hamming units: bits/2 · (1 − cos), equation 6, or ‖h_i − h_j‖²/4 as the TensorFlow code",
    },
    quantization: {
      enum: ["cauchy", "quadratic"],
      default: DCH_RULE.quantization,
      description: "log(1 + d(|h|, 1)/γ), equation 9, or (|h| − 1)² as the TensorFlow code",
    },
    // It bounds the gradient of dissimilar pairs whose codes coincide, where clamping the cosine would make it 0.
    epsilon: {
      type: "number",
      minimum: 0,
      default: DCH_RULE.epsilon,
      description: "added to the distance of every pair, Hamming units; 0 only with cosineLimit below 1",
    },
    cosineLimit: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      default: DCH_RULE.cosineLimit,
      description: "cosines are cut off here; pairs that are closer get no gradient, as in ports that clamp at 0.99",
    },
    ...PAIR_SETTINGS,
  },
  conflict: ({ epsilon, cosineLimit }) =>
    epsilon === 0 && cosineLimit === 1
      ? {
          option: "epsilon",
          expected: "above 0, or a cosineLimit below 1: the loss of two equal codes is not finite else",
        }
      : undefined,
  presets: {
    // γ = 20 and ε = 0.001 belong to ‖u − v‖², which is four times the Hamming distance.
    "official-tf": {
      source: "github.com/thulab/DeepHash: DeepHash/model/dch/dch.py, examples/dch/train_val_script.py",
      settings: {
        hidden: [],
        epochs: 51, // 2,000 iterations of 128 of CIFAR-10's 5,000 train images
        learningRate: 0.005,
        optimizer: { kind: "sgd", momentum: 0.9, hashFactor: 10, biasFactor: 2 },
        options: {
          proxy: "squared-euclidean",
          gamma: 5,
          epsilon: 0.00025,
          confidence: "none",
          weighting: "similar-only",
          quantization: "quadratic",
          lambda: 0,
        },
      },
    },
    "deephash-pytorch": {
      source: "github.com/swuxyj/DeepHash-pytorch: DCH.py",
      settings: {
        hidden: [],
        epochs: 150,
        learningRate: 1e-5,
        optimizer: { kind: "rmsprop", weightDecay: 1e-5 },
        options: { gamma: 20, lambda: 0.1, confidence: "none", pairs: "all", epsilon: 0, cosineLimit: 0.99 },
      },
    },
    // Corrected: partners come from the whole class and are never the item itself, codes are binarised.
    seed: {
      source: "the PyTorch notebooks this project started from, with their faults corrected",
      settings: {
        batch: 256, // 128 pairs
        batches: { kind: "pairs" },
        learningRate: 1e-5,
        optimizer: { kind: "adamw", weightDecay: 0.01, hashFactor: 10 },
        options: { gamma: 5, lambda: 1, pairs: "partners" },
      },
    },
  },
  loss: (codes, batch, { gamma, lambda, proxy, quantization, epsilon, cosineLimit, ...settings }) => {
    const { similarity, ...pairs } = batchPairs(batch, settings);
    return dchLoss(codes, similarity, { gamma, lambda, proxy, quantization, epsilon, cosineLimit, ...pairs });
  },
};

/** Added to squared norms: the gradient of a zero vector stays finite. */
const NORM_EPSILON = 1e-8;

/**
 * Objective of DCH (equation 7): Cauchy cross-entropy + λ · quantisation.
 * @param relaxedCodes h = tanh(z), (batch, bits)
 * @param similarity s, 0/1, or 0..1 with `graded`, (batch, batch)
 * @returns scalar
 */
export function dchLoss(relaxedCodes: tf.Tensor2D, similarity: tf.Tensor2D, options: DchLossOptions = {}): tf.Scalar {
  const { lambda = DCH_RULE.lambda, quantization = DCH_RULE.quantization, reduction = PAIR_RULE.reduction } = options;
  const crossEntropy = cauchyCrossEntropy(relaxedCodes, similarity, options);
  if (lambda === 0) return crossEntropy;
  const error = QUANTIZATION[quantization](relaxedCodes, options);
  // a sum over pairs goes with a sum over items, as the paper has it
  const items = { mean: 1, "weighted-mean": 1, sum: relaxedCodes.shape[0] }[reduction];
  return tf.add(crossEntropy, tf.mul(error, lambda * items));
}

/**
 * Cauchy cross-entropy (equation 8), as a mean over pairs unless `reduction` says otherwise:
 * L = mean of w_ij · [s_ij·log(d_ij/γ) + log(1 + γ/d_ij)] with d_ij = bits/2 · (1 − cos(h_i, h_j)) + ε (equation 6).
 * A similar pair's term is log(1 + d/γ), a dissimilar one's log(1 + γ/d): the logarithm of a small d never appears.
 * In float32 1 − cos is good to about 1e-7, so d is to bits·1e-7, far below ε.
 */
export function cauchyCrossEntropy(
  relaxedCodes: tf.Tensor2D,
  similarity: tf.Tensor2D,
  options: DchLossOptions = {},
): tf.Scalar {
  const {
    gamma = DCH_RULE.gamma,
    epsilon = DCH_RULE.epsilon,
    proxy = DCH_RULE.proxy,
    cosineLimit = DCH_RULE.cosineLimit,
    ...pairOptions
  } = options;
  const proxies = PROXY[proxy](relaxedCodes, cosineLimit);
  const distances = tf.add<tf.Tensor2D>(proxies, epsilon); // (batch, batch)
  const [near, far] = [tf.div<tf.Tensor2D>(distances, gamma), tf.div<tf.Tensor2D>(gamma, distances)];
  const rest = tf.sub(1, similarity);
  const losses =
    pairOptions.graded === true
      ? tf.add<tf.Tensor2D>(tf.mul(similarity, log1p(near)), tf.mul(rest, log1p(far)))
      : log1p(tf.add<tf.Tensor2D>(tf.mul(similarity, near), tf.mul(rest, far)));
  return weightedPairMean(losses, similarity, pairOptions);
}

/** bits/2 · (1 − cos(h_i, h_j)), (batch, batch). */
function cosineDistances(h: tf.Tensor2D, limit: number): tf.Tensor2D {
  const cosines = gram(tf.div(h, norms(h)));
  return tf.mul<tf.Tensor2D>(tf.sub(1, limitCosines(cosines, limit)), h.shape[1] / 2);
}

/** ‖h_i − h_j‖²/4, (batch, batch); never below 0, where rounding might take it. */
function squaredDistances(h: tf.Tensor2D): tf.Tensor2D {
  const squares = tf.sum(tf.square(h), 1, true); // (batch, 1)
  const both = tf.add(squares, tf.transpose(squares));
  return tf.relu(tf.mul<tf.Tensor2D>(tf.sub(both, tf.mul(gram(h), 2)), 0.25));
}

function limitCosines<T extends tf.Tensor>(cosines: T, limit: number): T {
  return limit < 1 ? tf.minimum(cosines, limit) : cosines;
}

/**
 * Cauchy quantisation (equation 9), as a mean over items: Q = mean of log(1 + d(|h_i|, 1)/γ), which is 0 when all
 * entries of a code have the same magnitude.
 */
export function cauchyQuantization(
  relaxedCodes: tf.Tensor2D,
  options: Pick<DchLossOptions, "gamma" | "cosineLimit"> = {},
): tf.Scalar {
  const { gamma = DCH_RULE.gamma, cosineLimit = DCH_RULE.cosineLimit } = options;
  const bits = relaxedCodes.shape[1];
  const sums = tf.sum(magnitudes(relaxedCodes), 1, true); // (batch, 1)
  const cosines = limitCosines(tf.div(tf.div(sums, norms(relaxedCodes)), Math.sqrt(bits)), cosineLimit);
  return tf.mean(log1p(tf.mul(tf.sub(1, cosines), bits / 2 / gamma)));
}

const PROXY: Readonly<Record<DchRule["proxy"], (h: tf.Tensor2D, cosineLimit: number) => tf.Tensor2D>> = {
  cosine: cosineDistances,
  "squared-euclidean": squaredDistances,
};

const QUANTIZATION: Readonly<Record<DchRule["quantization"], (h: tf.Tensor2D, options: DchLossOptions) => tf.Scalar>> =
  { cauchy: cauchyQuantization, quadratic: quadraticQuantization };

/** Euclidean norms of the rows, (batch, 1). */
function norms(h: tf.Tensor2D): tf.Tensor2D {
  return tf.sqrt(tf.add<tf.Tensor2D>(tf.sum(tf.square(h), 1, true), NORM_EPSILON));
}

// Multinomial logistic regression, as a judge of features and codes: Hastie, Tibshirani, Friedman, "The Elements of
// Statistical Learning", section 4.4.
import * as tf from "@tensorflow/tfjs";
import type { Engine, Program } from "../compute/program.js";
import { meanRow } from "../compute/scatter-matrix.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Slope } from "./lbfgs.js";
import { lbfgs } from "./lbfgs.js";

/** Rows with their classes. */
export interface ClassifiedRows {
  /** (n, dim) */
  readonly features: NdArray<Float32Array>;
  /** n numbers from 0 to classes − 1, each class at least once. */
  readonly labels: Int32Array;
  /** 2 or more. */
  readonly classes: number;
}

/** What gives a row of values the class whose score weights·x + offsets is the largest. */
export interface LinearClassifier {
  /** (classes, dim) */
  readonly weights: NdArray<Float32Array>;
  /** (classes) */
  readonly offsets: NdArray<Float32Array>;
}

/** Largest part of the gradient of the mean loss at which the minimum is found. */
const TOLERANCE = 1e-6;
/** Steps after which it is not. */
const ROUNDS = 2000;

/**
 * Minimises Σ −log softmax(W·x̂ + b)[label] + penalty/2·‖W‖² over weights W and offsets b, where x̂ is x with mean 0 and
 * deviation 1 in each dimension; what is given back takes x itself. The minimum is one: nothing is drawn.
 * @param options.penalty of the weights, above 0; 1 / C of scikit-learn
 * @throws {InputError} when the minimum is not found
 */
export async function logisticRegression(
  { features, labels, classes }: ClassifiedRows,
  { penalty, engine }: { readonly penalty: number; readonly engine: Engine },
): Promise<LinearClassifier> {
  const [n, dim] = features.shape;
  const { mean, deviation } = spreadOf(features);
  const x: NdArray<Float32Array> = {
    data: features.data.map((value, at) => (value - mean[at % dim]) / deviation[at % dim]),
    shape: [n, dim],
  };
  const program = await slopeProgram(x, labels, { classes, engine });
  try {
    const slopeAt = (at: Float64Array): Promise<Slope> => penalisedSlope(program, at, { n, dim, classes, penalty });
    const found = await lbfgs(new Float64Array(classes * (dim + 1)), slopeAt, { tolerance: TOLERANCE, rounds: ROUNDS });
    if (found.steepest > TOLERANCE) {
      throw new InputError("the logistic regression has not found its minimum", {
        expected: `a gradient of at most ${TOLERANCE} within ${ROUNDS} steps; a larger penalty than ${penalty} helps`,
        actual: `${found.steepest} after ${found.rounds}`,
      });
    }
    return ofRawFeatures(found.at, { mean, deviation, classes });
  } finally {
    await program.dispose();
  }
}

/**
 * The class of each row.
 * @param features (n, dim)
 * @returns n class numbers; of equal scores the lower one
 */
export function predictClasses(
  { data, shape: [n, dim] }: NdArray<Float32Array>,
  { weights, offsets }: LinearClassifier,
): Int32Array {
  return Int32Array.from({ length: n }, (_, row) => {
    let best = { label: 0, score: Number.NEGATIVE_INFINITY };
    for (const [label, offset] of offsets.data.entries()) {
      let score = offset;
      for (let i = 0; i < dim; i++) score += weights.data[label * dim + i] * data[row * dim + i];
      if (score > best.score) best = { label, score };
    }
    return best.label;
  });
}

/** Mean and deviation of each dimension, in double precision; a deviation of 0 counts as 1. */
function spreadOf(features: NdArray<Float32Array>): { mean: Float64Array; deviation: Float64Array } {
  const { data, shape } = features;
  const [n, dim] = shape;
  const mean = meanRow(features);
  const squares = new Float64Array(dim);
  for (let at = 0; at < data.length; at++) squares[at % dim] += (data[at] - mean[at % dim]) ** 2;
  return { mean, deviation: squares.map(sum => Math.sqrt(sum / n) || 1) };
}

/** Loss of each row (n) and the gradient of their sum by weights (classes, dim) and offsets (classes). */
function slopeProgram(
  x: NdArray<Float32Array>,
  labels: Int32Array,
  { classes, engine }: { readonly classes: number; readonly engine: Engine },
): Promise<Program> {
  const [n, dim] = x.shape;
  const truth = new Float32Array(n * classes);
  for (const [row, label] of labels.entries()) truth[row * classes + label] = 1;
  return engine.prepare({
    inputs: { weights: { shape: [classes, dim], dtype: "float32" }, offsets: { shape: [classes], dtype: "float32" } },
    resident: { x, truth: { data: truth, shape: [n, classes] } },
    body: t => {
      const [rows, is] = [t.x as tf.Tensor2D, t.truth as tf.Tensor2D];
      const scores = tf.add<tf.Tensor2D>(tf.matMul(rows, tf.transpose(t.weights as tf.Tensor2D)), t.offsets);
      const shifted = tf.sub<tf.Tensor2D>(scores, tf.max(scores, 1, true)); // (n, classes)
      const powers = tf.exp(shifted);
      const sums = tf.sum(powers, 1, true); // (n, 1)
      const wrong = tf.sub<tf.Tensor2D>(tf.div(powers, sums), is); // (n, classes)
      const losses = tf.sub(tf.log(sums), tf.sum(tf.mul(shifted, is), 1, true)); // (n, 1)
      return { losses, byWeights: tf.matMul(tf.transpose(wrong), rows), byOffsets: tf.sum(wrong, 0) };
    },
  });
}

/** Value and gradient of the mean loss with its penalty. @param at weights, then offsets */
async function penalisedSlope(
  program: Program,
  at: Float64Array,
  { n, dim, classes, penalty }: { n: number; dim: number; classes: number; penalty: number },
): Promise<Slope> {
  const cut = classes * dim;
  const { losses, byWeights, byOffsets } = await program.run({
    weights: Float32Array.from(at.subarray(0, cut)),
    offsets: Float32Array.from(at.subarray(cut)),
  });
  const gradient = new Float64Array(at.length);
  gradient.set(byWeights.data);
  gradient.set(byOffsets.data, cut);
  let squares = 0;
  for (let i = 0; i < cut; i++) {
    squares += at[i] ** 2;
    gradient[i] += penalty * at[i];
  }
  const value = (losses.data.reduce((sum, loss) => sum + loss, 0) + (penalty / 2) * squares) / n;
  return { value, gradient: gradient.map(part => part / n) };
}

/** W·(x − mean)/deviation + b as weights and offsets of x. */
function ofRawFeatures(
  at: Float64Array,
  { mean, deviation, classes }: { mean: Float64Array; deviation: Float64Array; classes: number },
): LinearClassifier {
  const dim = mean.length;
  const weights = new Float32Array(classes * dim);
  const offsets = at.slice(classes * dim);
  for (let i = 0; i < weights.length; i++) {
    const weight = at[i] / deviation[i % dim];
    weights[i] = weight;
    offsets[Math.floor(i / dim)] -= weight * mean[i % dim];
  }
  return {
    weights: { data: weights, shape: [classes, dim] },
    offsets: { data: Float32Array.from(offsets), shape: [classes] },
  };
}

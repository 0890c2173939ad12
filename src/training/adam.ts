import * as tf from "@tensorflow/tfjs";
import type { Tensors } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";

/** Settings of Adam (Kingma & Ba, ICLR 2015, arXiv 1412.6980), with PyTorch's defaults. */
export interface AdamOptions {
  /** Decay of the mean of the gradient. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of the squared gradient. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
}

/** Zero moments for each parameter, under the names `<parameter>/mean` and `<parameter>/square`. */
export function adamMoments(
  parameters: Readonly<Record<string, NdArray<Float32Array>>>,
): Record<string, NdArray<Float32Array>> {
  const zeros = Object.entries(parameters).flatMap(([name, { data, shape }]) =>
    ["mean", "square"].map(moment => [`${name}/${moment}`, { data: new Float32Array(data.length), shape }] as const),
  );
  return Object.fromEntries(zeros);
}

/**
 * The two numbers of step t (from 1) that depend on t alone; inputs of the compiled step.
 * @returns `stepSize` = lr/(1−β1^t), `correction` = 1/√(1−β2^t)
 */
export function adamSchedule(
  t: number,
  learningRate: number,
  { beta1 = 0.9, beta2 = 0.999 }: AdamOptions = {},
): { stepSize: number; correction: number } {
  return { stepSize: learningRate / (1 - beta1 ** t), correction: 1 / Math.sqrt(1 - beta2 ** t) };
}

/**
 * One step of Adam for one parameter, in PyTorch's order of operations:
 * p ← p − stepSize · m / (√v · correction + ε).
 * @param state tensors by name: the parameter and its two moments
 * @returns their next values under the same names
 */
export function adamStep(
  name: string,
  state: Tensors,
  gradient: tf.Tensor,
  schedule: { stepSize: tf.Tensor; correction: tf.Tensor },
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {},
): Record<string, tf.Tensor> {
  const mean = tf.add(tf.mul(state[`${name}/mean`], beta1), tf.mul(gradient, 1 - beta1));
  const square = tf.add(tf.mul(state[`${name}/square`], beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const deviation = tf.add(tf.mul(tf.sqrt(square), schedule.correction), epsilon);
  const next = tf.sub(state[name], tf.mul(tf.div(mean, deviation), schedule.stepSize));
  return { [name]: next, [`${name}/mean`]: mean, [`${name}/square`]: square };
}

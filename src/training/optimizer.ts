import * as tf from "@tensorflow/tfjs";
import type { Tensors } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { OptionsSchema } from "../core/options.js";

/** An optimiser with PyTorch's definitions and defaults. */
export interface OptimizerOptions {
  /**
   * "adam" (Kingma & Ba, ICLR 2015), "adamw" (Loshchilov & Hutter, ICLR 2019: weight decay apart from the gradient),
   * "sgd", "rmsprop" (Hinton's lecture 6e).
   */
  readonly kind: "adam" | "adamw" | "sgd" | "rmsprop";
  /** Adam: decay of the mean of the gradient, 0 ≤ beta1 < 1. Default 0.9. */
  readonly beta1: number;
  /** Adam: decay of the mean of the squared gradient, 0 ≤ beta2 < 1. Default 0.999. */
  readonly beta2: number;
  /** Adam and RMSprop: added to the root of the second moment. Default 1e-8. */
  readonly epsilon: number;
  /** SGD: v ← momentum·v + g, 0 ≤ momentum < 1. Default 0. */
  readonly momentum: number;
  /** SGD: look one step of the momentum ahead (Nesterov). Default false. */
  readonly nesterov: boolean;
  /** RMSprop: decay of the mean of the squared gradient, 0 ≤ smoothing < 1 (PyTorch's alpha). Default 0.99. */
  readonly smoothing: number;
  /** λ ≥ 0 of λ·p, added to the gradient; AdamW takes lr·λ·p off the parameter instead. Default 0 (PyTorch's AdamW: 0.01). */
  readonly weightDecay: number;
  /** Whether weight decay meets biases too. Default true; false as in Caffe models. */
  readonly decayBiases: boolean;
  /** Learning rate of the hash layer, relative to that of the others, > 0. Default 1; 10 in the official codes. */
  readonly hashFactor: number;
  /** Learning rate of a bias, relative to that of its weights, > 0. Default 1; 2 in the official codes. */
  readonly biasFactor: number;
}

/** At least 0 and below 1. */
const SHARE = { type: "number", minimum: 0, exclusiveMaximum: 1 } as const;

export const OPTIMIZER_OPTIONS: OptionsSchema<OptimizerOptions> = {
  kind: { enum: ["adam", "adamw", "sgd", "rmsprop"], default: "adam" },
  beta1: { ...SHARE, default: 0.9, description: "Adam: decay of the mean of the gradient" },
  beta2: { ...SHARE, default: 0.999, description: "Adam: decay of the mean of the squared gradient" },
  epsilon: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1e-8,
    description: "Adam and RMSprop: added to the root of the second moment",
  },
  momentum: { ...SHARE, default: 0, description: "SGD: v ← momentum·v + g" },
  nesterov: { type: "boolean", default: false, description: "SGD: look one step of the momentum ahead" },
  smoothing: { ...SHARE, default: 0.99, description: "RMSprop: decay of the mean of the squared gradient" },
  weightDecay: {
    type: "number",
    minimum: 0,
    default: 0,
    description:
      "λ of λ·p, added to the gradient; AdamW takes lr·λ·p off the parameter instead (PyTorch's default there: 0.01)",
  },
  decayBiases: {
    type: "boolean",
    default: true,
    description: "whether weight decay meets biases; false as in Caffe models",
  },
  hashFactor: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1,
    description: "learning rate of the hash layer, relative to that of the others; 10 in the official codes",
  },
  biasFactor: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1,
    description: "learning rate of a bias, relative to that of its weights; 2 in the official codes",
  },
};

type Parameters = Readonly<Record<string, NdArray<Float32Array>>>;

/** The names of what an optimiser keeps for a parameter `p`: `p/mean`, … */
function momentsOf({ kind, momentum }: OptimizerOptions): readonly string[] {
  switch (kind) {
    case "rmsprop":
      return ["square"];
    case "sgd":
      return momentum > 0 ? ["velocity"] : [];
    case "adam":
    case "adamw":
      return ["mean", "square"];
  }
}

/** What weight decay works on: it is part of the gradient, or taken off the parameter. */
const DECAYED: Readonly<Record<OptimizerOptions["kind"], "gradient" | "parameter">> = {
  adam: "gradient",
  adamw: "parameter",
  sgd: "gradient",
  rmsprop: "gradient",
};

/** Zeros for all that the optimiser keeps, under the names `<parameter>/<moment>`. */
export function initialMoments(
  parameters: Parameters,
  options: OptimizerOptions,
): Record<string, NdArray<Float32Array>> {
  const zeros = Object.entries(parameters).flatMap(([name, { data, shape }]) =>
    momentsOf(options).map(moment => [`${name}/${moment}`, { data: new Float32Array(data.length), shape }] as const),
  );
  return Object.fromEntries(zeros);
}

/** The numbers of a step, inputs of the compiled program: all scalars. */
export function stepScalars(t: number, learningRate: number, options: OptimizerOptions): Record<string, number> {
  const { kind, beta1, beta2, epsilon, weightDecay, smoothing } = options;
  switch (kind) {
    case "sgd":
      return { stepSize: learningRate };
    case "rmsprop":
      return { stepSize: learningRate / Math.sqrt(1 - smoothing) };
    case "adam":
    case "adamw":
      break;
  }
  // Moments are kept without their factors 1 − β (see adam), and PyTorch's corrections 1 − β^t are here.
  const scale = Math.sqrt((1 - beta2 ** t) / (1 - beta2));
  const stepSize = (learningRate * (1 - beta1) * scale) / (1 - beta1 ** t);
  const scalars = { stepSize, epsilon: epsilon * scale };
  return DECAYED[kind] === "parameter" && weightDecay > 0 ? { ...scalars, decay: learningRate * weightDecay } : scalars;
}

/**
 * One step of the optimiser for one parameter.
 * @param state tensors by name: the parameter and its moments
 * @param scalars of {@link stepScalars} as scalar tensors
 * @returns their next values under the same names
 */
export function optimizerStep(
  name: string,
  state: Tensors,
  gradient: tf.Tensor,
  scalars: Tensors,
  options: OptimizerOptions,
): Record<string, tf.Tensor> {
  const { kind, weightDecay, decayBiases, hashFactor, biasFactor } = options;
  const bias = name.endsWith(".bias");
  const decays = weightDecay > 0 && (decayBiases || !bias);
  const factor = (name.startsWith("hash.") ? hashFactor : 1) * (bias ? biasFactor : 1);
  const parameter = state[name];
  const scale = (scalar: tf.Tensor): tf.Tensor => (factor === 1 ? scalar : tf.mul(scalar, factor));
  const g = decays && DECAYED[kind] === "gradient" ? tf.add(gradient, tf.mul(parameter, weightDecay)) : gradient;
  const { direction, moments } = RULES[kind](moment => state[`${name}/${moment}`], g, scalars, options);
  const shrunk =
    decays && DECAYED[kind] === "parameter" ? tf.mul(parameter, tf.sub(1, scale(scalars.decay))) : parameter;
  const next = tf.sub(shrunk, tf.mul(direction, scale(scalars.stepSize)));
  const kept = Object.entries(moments).map(([moment, tensor]) => [`${name}/${moment}`, tensor]);
  return { [name]: next, ...Object.fromEntries(kept) };
}

/** Where a step goes, to be multiplied by stepSize, and the next moments. */
interface Move {
  readonly direction: tf.Tensor;
  readonly moments: Record<string, tf.Tensor>;
}
type Moments = (moment: string) => tf.Tensor;

/**
 * Adam with moments M = m/(1 − β1) and V = v/(1 − β2), which take two operations less:
 * lr/(1 − β1^t) · m / (√v/√(1 − β2^t) + ε) = stepSize · M / (√V + epsilon), see {@link stepScalars}.
 */
function adam(of: Moments, g: tf.Tensor, scalars: Tensors, { beta1, beta2 }: OptimizerOptions): Move {
  const mean = tf.add(tf.mul(of("mean"), beta1), g);
  const square = tf.add(tf.mul(of("square"), beta2), tf.square(g));
  return { direction: tf.div(mean, tf.add(tf.sqrt(square), scalars.epsilon)), moments: { mean, square } };
}

function sgd(of: Moments, g: tf.Tensor, _scalars: Tensors, { momentum, nesterov }: OptimizerOptions): Move {
  if (momentum === 0) return { direction: g, moments: {} };
  const velocity = tf.add(tf.mul(of("velocity"), momentum), g);
  return { direction: nesterov ? tf.add(g, tf.mul(velocity, momentum)) : velocity, moments: { velocity } };
}

/** V = v/(1 − smoothing): lr·g/(√v + ε) = stepSize · g / (√V + ε/√(1 − smoothing)). */
function rmsprop(of: Moments, g: tf.Tensor, _scalars: Tensors, options: OptimizerOptions): Move {
  const { smoothing, epsilon } = options;
  const square = tf.add(tf.mul(of("square"), smoothing), tf.square(g));
  const deviation = tf.add(tf.sqrt(square), epsilon / Math.sqrt(1 - smoothing));
  return { direction: tf.div(g, deviation), moments: { square } };
}

type Rule = (of: Moments, g: tf.Tensor, scalars: Tensors, options: OptimizerOptions) => Move;

const RULES: Readonly<Record<OptimizerOptions["kind"], Rule>> = { adam, adamw: adam, sgd, rmsprop };

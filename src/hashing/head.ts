import type * as tf from "@tensorflow/tfjs";
import { mul, relu } from "@tensorflow/tfjs";
import type { NdArray } from "../core/arrays.js";
import { ndarray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Random } from "../core/random.js";
import { dense } from "./dense.js";

/** The trained part: feature → fully connected layers with ReLU → hash layer. */
export interface HeadConfig {
  /** Length of a feature, at least 1. */
  readonly inputDim: number;
  /** Widths of the fully connected layers before the hash layer; may be empty. */
  readonly hidden: readonly number[];
  /** Width of the hash layer. */
  readonly bits: number;
  /** Share of the hidden units that is zeroed in each training step, 0 ≤ dropout < 1. */
  readonly dropout: number;
}

/** Standard deviation of the hash layer's initial weights. */
const HASH_LAYER_DEVIATION = 0.01;

/** 1 GiB of them; Adam keeps two moments and a gradient of each beside it. */
const MAX_PARAMETERS = 2 ** 28;

/**
 * Names and shapes of a head's parameters, in the order of the layers: `fc.0.weight` (hidden[0], inputDim),
 * `fc.0.bias` (hidden[0]), …, `hash.weight` (bits, last width), `hash.bias` (bits). PyTorch's layout, (out, in).
 * @throws {InputError} when the config is out of bounds
 */
export function headShapes(config: HeadConfig): Record<string, readonly number[]> {
  const { inputDim, hidden, bits, dropout } = config;
  const widths = [inputDim, ...hidden, bits];
  if (!widths.every(width => Number.isSafeInteger(width) && width >= 1) || !(dropout >= 0 && dropout < 1)) {
    throw new InputError("the head cannot have this form", {
      expected: "inputDim, hidden widths and bits of at least 1, 0 ≤ dropout < 1",
      actual: JSON.stringify({ inputDim, hidden, bits, dropout }),
    });
  }
  const parameters = widths.slice(1).reduce((sum, width, layer) => sum + width * (widths[layer] + 1), 0);
  if (parameters > MAX_PARAMETERS) {
    throw new InputError("a head of this form would take the machine's memory", {
      expected: `hidden widths that give at most ${MAX_PARAMETERS} parameters`,
      actual: `${parameters} for ${inputDim} inputs, hidden ${JSON.stringify(hidden)}, ${bits} bits`,
    });
  }
  const shapes: Record<string, readonly number[]> = {};
  widths.slice(1).forEach((width, layer) => {
    const name = layer === hidden.length ? "hash" : `fc.${layer}`;
    shapes[`${name}.weight`] = [width, widths[layer]];
    shapes[`${name}.bias`] = [width];
  });
  return shapes;
}

/**
 * Initial parameters of a head. Fully connected layers as PyTorch's `nn.Linear`: weights and biases uniform in
 * ±1/√in. Hash layer: weights N(0, 0.01²), bias 0. Each tensor draws from a stream of its own.
 * @returns by the names of {@link headShapes}
 * @throws {InputError} when the config is out of bounds
 */
export function initHead(config: HeadConfig, random: Random): Record<string, NdArray<Float32Array>> {
  const shapes = headShapes(config);
  const draw = (name: string, shape: readonly number[]): Float32Array => {
    const size = shape.reduce((product, side) => product * side, 1);
    if (name === "hash.bias") return new Float32Array(size);
    if (name === "hash.weight") return random.stream(name).normals(size, HASH_LAYER_DEVIATION);
    const [, inputs] = shapes[name.replace("bias", "weight")];
    return random.stream(name).uniforms(size, -1 / Math.sqrt(inputs), 1 / Math.sqrt(inputs));
  };
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, ndarray(draw(name, shape), shape)]));
}

/** What differs between training and use of a head. */
export interface HeadForwardOptions {
  /** One (batch, hidden[i]) tensor a hidden layer from {@link drawDropoutMasks}. Default: none, no dropout. */
  readonly dropoutMasks?: readonly tf.Tensor2D[];
}

/**
 * The hash layer's output before its activation, a pure tfjs function.
 * @param parameters by the names of {@link headShapes}
 * @param features (batch, inputDim)
 * @returns z (batch, bits)
 */
export function headForward(
  parameters: Readonly<Record<string, tf.Tensor>>,
  features: tf.Tensor2D,
  { dropoutMasks = [] }: HeadForwardOptions = {},
): tf.Tensor2D {
  const layer = (name: string, x: tf.Tensor2D): tf.Tensor2D =>
    dense(x, parameters[`${name}.weight`] as tf.Tensor2D, parameters[`${name}.bias`] as tf.Tensor1D);
  let x = features;
  for (let i = 0; `fc.${i}.weight` in parameters; i++) {
    const active = relu(layer(`fc.${i}`, x)); // (batch, hidden[i])
    x = i < dropoutMasks.length ? mul(active, dropoutMasks[i]) : active;
  }
  return layer("hash", x); // (batch, bits)
}

/**
 * Masks of one training step: 0 with probability `dropout`, else 1 / (1 − dropout), so that the mean stays.
 * Dropout comes after the ReLU, which is the same as before it.
 * @param batch rows of a mask
 * @returns one (batch, hidden[i]) array a hidden layer; none when dropout is 0
 */
export function drawDropoutMasks(config: HeadConfig, batch: number, random: Random): NdArray<Float32Array>[] {
  const { hidden, dropout } = config;
  if (dropout === 0) return [];
  const kept = 1 / (1 - dropout);
  return hidden.map(width => {
    const data = new Float32Array(batch * width);
    for (let i = 0; i < data.length; i++) data[i] = random.uniform() < dropout ? 0 : kept;
    return ndarray(data, [batch, width]);
  });
}

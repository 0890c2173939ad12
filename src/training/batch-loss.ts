import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Tensors } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import { relaxCodes } from "../hashing/relaxed-codes.js";
import { batchOf } from "../methods/batch.js";
import type { MethodShape } from "../methods/method.js";
import { BESIDE, withoutPrefix, withPrefix } from "./method-arrays.js";
import type { TrainConfig } from "./train-config.js";

/** What is known of a batch. */
export interface LossBatch {
  /** Dense class numbers (batch), or multi-hot (batch, classes). */
  readonly labels: Tensor1D | Tensor2D;
  /** Rows of the features, (batch). */
  readonly rows: Tensor1D;
  /** Sharpness of the relaxed codes. */
  readonly beta: Scalar;
  /** Constants, trained arrays and running state of the method, by prefixed names. */
  readonly beside: Tensors;
}

/** The loss of a batch with what it was made of. */
export interface BatchLoss {
  readonly loss: Scalar;
  /** Relaxed codes, (batch, bits). */
  readonly codes: Tensor2D;
  /** Next running state, by prefixed names. */
  readonly running: Tensors;
}

/**
 * From the hash layer's output to the loss, the same in training and fine-tuning: normalisation, activation, the
 * method's loss.
 * @param z (batch, bits)
 * @throws {InputError} when the method gives no scalar
 */
export function batchLoss(
  { method, options, batches }: Pick<TrainConfig, "method" | "options" | "batches">,
  shape: MethodShape,
  z: Tensor2D,
  { labels, rows, beta, beside }: LossBatch,
): BatchLoss {
  const { normalise, activation = "tanh" } = method;
  const ofNormalise = { ...withoutPrefix(beside, BESIDE.normalise), ...withoutPrefix(beside, BESIDE.running) };
  const normalised = normalise?.apply(z, ofNormalise, true, options) ?? { z, state: {} };
  const codes = activation === "tanh" ? relaxCodes(normalised.z, beta) : normalised.z;
  const batch = batchOf({
    ...shape,
    kind: batches.kind,
    labels,
    z,
    rows,
    constants: withoutPrefix(beside, BESIDE.constants),
    parameters: withoutPrefix(beside, BESIDE.parameters),
  });
  const loss: unknown = method.loss(codes, batch, options);
  if (!(loss instanceof tf.Tensor) || loss.rank !== 0) {
    throw new InputError(`the loss of ${method.name} is no scalar`, {
      expected: "a tensor without axes, for example tf.mean(…)",
      actual: loss instanceof tf.Tensor ? `shape (${loss.shape.join(", ")})` : typeof loss,
    });
  }
  return { loss: loss as Scalar, codes, running: withPrefix(normalised.state, BESIDE.running) };
}

/** @throws {InputError} when the loss does not depend on all that is trained */
function gradientsOf(
  lossOf: (...values: Tensor[]) => Scalar,
  names: readonly string[],
  tensors: Tensors,
): { value: Scalar; grads: Tensor[] } {
  try {
    return tf.valueAndGrads(lossOf)(names.map(name => tensors[name]));
  } catch (cause) {
    if (!/Cannot compute gradient/.test((cause as Error).message)) throw cause;
    throw new InputError("the loss has no gradient by something that is trained", {
      expected: `a loss that depends on all of ${names.join(", ")}, by operations that have gradients`,
      actual: (cause as Error).message,
      cause,
    });
  }
}

/**
 * {@link batchLoss} with gradients.
 * @param names of the tensors that are trained
 * @param forward gives the loss from them
 */
export function lossAndGradients(
  names: readonly string[],
  tensors: Tensors,
  forward: (trained: Tensors) => BatchLoss,
): BatchLoss & { readonly gradients: Readonly<Record<string, Tensor>> } {
  let made: BatchLoss | undefined; // its tensors are kept beyond the tidy of valueAndGrads
  const lossOf = (...values: Tensor[]): Scalar => {
    made = forward(Object.fromEntries(names.map((name, i) => [name, values[i]])));
    tf.keep(made.codes);
    for (const tensor of Object.values(made.running)) tf.keep(tensor);
    return made.loss;
  };
  const { value, grads } = gradientsOf(lossOf, names, tensors);
  const { codes, running } = made!;
  const own = <T extends Tensor>(tensor: T): T => {
    const copy = tf.clone(tensor);
    tensor.dispose();
    return copy;
  };
  return {
    loss: value,
    codes: own(codes),
    running: Object.fromEntries(Object.entries(running).map(([name, tensor]) => [name, own(tensor)])),
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]])),
  };
}

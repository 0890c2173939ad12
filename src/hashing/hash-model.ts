import type { Scalar, Tensor2D } from "@tensorflow/tfjs";
import type { Tensors } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { headForward } from "./head.js";
import type { Head } from "./head-file.js";
import { relaxCodes } from "./relaxed-codes.js";

/** Arrays of a model by their names. */
export type ModelArrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** What a fitted method computed, with the function that encodes by it. */
export interface FittedModel {
  /** Name of the method. */
  readonly method: string;
  readonly inputDim: number;
  readonly bits: number;
  readonly arrays: ModelArrays;
  /** As for a head. Default "codes". */
  readonly output?: "codes" | "embedding";
  /** @param features (batch, inputDim) @returns (batch, bits), whose signs are the codes */
  encode(features: Tensor2D, arrays: Tensors): Tensor2D;
}

/** What turns features into codes. */
export type HashModel = Head | FittedModel;

/** A model as what computes it: arrays, and two pure functions of them. */
export interface ModelGraph {
  readonly inputDim: number;
  readonly bits: number;
  readonly arrays: ModelArrays;
  /** @returns (batch, bits), whose signs are the codes */
  z(features: Tensor2D, arrays: Tensors): Tensor2D;
  /** Relaxed codes of z, (batch, bits). */
  relax(z: Tensor2D, arrays: Tensors): Tensor2D;
}

/** How a model computes. */
export function modelGraph(model: HashModel): ModelGraph {
  if ("encode" in model) {
    const { inputDim, bits, arrays } = model;
    return { inputDim, bits, arrays, z: (features, tensors) => encodedBy(model, features, tensors), relax: z => z };
  }
  const { config, parameters, beta, activation = "tanh" } = model;
  return {
    inputDim: config.inputDim,
    bits: config.bits,
    arrays: { ...parameters, beta: { data: Float32Array.of(beta), shape: [] } },
    z: (features, arrays) => headForward(arrays, features),
    relax: activation === "tanh" ? (z, { beta: sharpness }) => relaxCodes(z, sharpness.asScalar() as Scalar) : z => z,
  };
}

/** @throws {InputError} when the method gives something else than a row of `bits` values a feature */
function encodedBy(model: FittedModel, features: Tensor2D, arrays: Tensors): Tensor2D {
  const z = model.encode(features, arrays);
  const expected = [features.shape[0], model.bits];
  if (z?.shape?.join() === expected.join()) return z;
  throw new InputError(`encode of ${model.method} gives the wrong shape`, {
    expected: `(${expected.join(", ")})`,
    actual: z?.shape === undefined ? typeof z : `(${z.shape.join(", ")})`,
  });
}

/** Whether a model gives codes, or real values that are ranked themselves. */
export function givesCodes(model: HashModel): boolean {
  return model.output !== "embedding";
}

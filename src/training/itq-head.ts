import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { encodeFeatures } from "../hashing/encode.js";
import type { HashModel } from "../hashing/hash-model.js";
import type { Head } from "../hashing/head-file.js";
import { itq } from "../methods/itq.js";
import { fitMethod } from "./fit-method.js";

/** Settings of {@link itqHead}. */
export interface ItqHeadOptions {
  /** Bits of the codes, at most the values that the head gives. Default: as many; beyond 128 it takes minutes. */
  readonly bits?: number;
  /** Rounds of quantisation and rotation, 0 or more. Default 50. */
  readonly iterations?: number;
  /** Of the first rotation. Default 0. */
  readonly seed?: number;
  /** Default: the best that is there. */
  readonly engine?: Engine;
}

/**
 * A head whose signs are the codes of ITQ on what a trained head gives (before its activation): of an embedding, hash
 * codes. Centring, projection and rotation are one linear map, which is folded into the last layer, so that what comes out is
 * a head like any other, to be saved, exported and encoded with.
 * @param head a trained head
 * @param features of the rows it was trained on, (n, inputDim): ITQ may look at no others
 * @throws {InputError} for a fitted model, features of another length, and more bits than the head gives values
 */
export async function itqHead(
  head: HashModel,
  features: NdArray<Float32Array>,
  { bits, iterations, seed = 0, engine }: ItqHeadOptions = {},
): Promise<Head> {
  if ("encode" in head) {
    throw new InputError(`${head.method} is fitted: it has no last layer that ITQ could be folded into`, {
      expected: "a trained head",
    });
  }
  const { config, parameters, classes } = head;
  const values = await encodeFeatures(features, { ...head, activation: "none" }, { engine });
  const settings = {
    method: itq,
    bits: bits ?? config.bits,
    seed,
    ...(iterations === undefined ? {} : { options: { iterations } }),
  };
  const { model } = await fitMethod(values, settings, { engine });
  const { weight, bias } = turnedLayer(parameters, model.arrays);
  return {
    config: { ...config, bits: settings.bits },
    parameters: { ...parameters, "hash.weight": weight, "hash.bias": bias },
    beta: 1,
    activation: "none",
    output: "codes",
    ...(classes === undefined ? {} : { classes }),
  };
}

/** The layer A·(W·x + b − mean), in double precision. */
function turnedLayer(
  { "hash.weight": weight, "hash.bias": bias }: Head["parameters"],
  { axes, mean }: Readonly<Record<string, NdArray<Float32Array>>>,
): Readonly<Record<"weight" | "bias", NdArray<Float32Array>>> {
  const [bits, values] = axes.shape;
  const width = weight.shape[1];
  const turned = new Float64Array(bits * width);
  const offsets = new Float64Array(bits);
  for (let bit = 0; bit < bits; bit++) {
    for (let value = 0; value < values; value++) {
      const share = axes.data[bit * values + value];
      offsets[bit] += share * (bias.data[value] - mean.data[value]);
      for (let i = 0; i < width; i++) turned[bit * width + i] += share * weight.data[value * width + i];
    }
  }
  return {
    weight: { data: Float32Array.from(turned), shape: [bits, width] },
    bias: { data: Float32Array.from(offsets), shape: [bits] },
  };
}

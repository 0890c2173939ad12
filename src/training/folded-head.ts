import * as tf from "@tensorflow/tfjs";
import type { Engine, Program, ProgramDefinition } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { InitialArrays } from "./method-arrays.js";
import { BESIDE, withoutPrefix } from "./method-arrays.js";
import type { TrainConfig } from "./train-config.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** Prefix of the hash layer as it is before a normalisation is folded into it, among what is beside a head. */
export const UNFOLDED = "unfolded.";

/** Relative difference that float32 explains. */
const TOLERANCE = 1e-4;

/** Vectors that a normalisation is probed with beside 0 and 1. */
const PROBES = 8;

/** Probes of both signs, which differ from bit to bit, (PROBES, bits). */
function probes(bits: number): Float32Array {
  return new Random(0).stream("probes of a normalisation").normals(PROBES * bits, 2);
}

/**
 * What a method's normalisation does to z in use, as a program of its parameters and state: its values at z = 0 and 1 in
 * each bit, (bits) each, and at probes, (probes, bits). Undefined for methods without one.
 */
export function normalisationProgram(
  { method, options }: Pick<TrainConfig, "method" | "options">,
  bits: number,
  { trained, running }: InitialArrays,
): ProgramDefinition | undefined {
  const { normalise } = method;
  if (normalise === undefined) return undefined;
  const arrays = Object.entries({ ...trained, ...running }).filter(
    ([name]) => name.startsWith(BESIDE.normalise) || name.startsWith(BESIDE.running),
  );
  return {
    inputs: Object.fromEntries(arrays.map(([name, { shape }]) => [name, { shape, dtype: "float32" } as const])),
    body: tensors => {
      const own = { ...withoutPrefix(tensors, BESIDE.normalise), ...withoutPrefix(tensors, BESIDE.running) };
      const at = (z: tf.Tensor2D): tf.Tensor => normalise.apply(z, own, false, options).z;
      const alone = (z: number): tf.Tensor => tf.reshape(at(tf.fill([1, bits], z)), [bits]);
      return { zero: alone(0), one: alone(1), probed: at(tf.tensor2d(probes(bits), [PROBES, bits])) };
    },
  };
}

/** Folds what a normalisation does into the hash layer, so that a finished head is layers and nothing else. */
export class HeadFolder {
  private constructor(
    private readonly program: Program | undefined,
    private readonly names: readonly string[],
  ) {}

  static async open(
    definition: ProgramDefinition | undefined,
    { engine }: { readonly engine: Engine },
  ): Promise<HeadFolder> {
    if (definition === undefined) return new HeadFolder(undefined, []);
    return new HeadFolder(await engine.prepare(definition), Object.keys(definition.inputs ?? {}));
  }

  /**
   * A head out of all arrays of a training.
   * @param arrays the head's parameters and what is beside them, by name
   * @param names of the head's parameters
   * @returns its parameters with the normalisation folded in, and all else: also the hash layer as it is without
   * @throws {InputError} when the normalisation is no affine map of each bit
   */
  async headArrays(arrays: Arrays, names: readonly string[]): Promise<{ parameters: Arrays; beside: Arrays }> {
    const folded = await this.foldHashLayer(arrays);
    const parameters = Object.fromEntries(names.map(name => [name, { ...arrays, ...folded }[name]]));
    const rest = Object.entries(arrays).filter(([name]) => parameters[name] === undefined);
    const unfolded = Object.keys(folded).map(name => [`${UNFOLDED}${name}`, arrays[name]] as const);
    return { parameters, beside: Object.fromEntries([...rest, ...unfolded]) };
  }

  /** The hash layer with the normalisation in it; nothing when there is none. */
  private async foldHashLayer(arrays: Arrays): Promise<Arrays> {
    if (this.program === undefined) return {};
    const inputs = Object.fromEntries(this.names.map(name => [name, arrays[name].data]));
    const { zero, one, probed } = await this.program.run(inputs);
    const slope = one.data.map((value, bit) => value - zero.data[bit]);
    const bits = slope.length;
    const given = probes(bits);
    probed.data.forEach((value, at) => {
      const bit = at % bits;
      const expected = zero.data[bit] + given[at] * slope[bit];
      const scale = Math.abs(zero.data[bit]) + Math.abs(given[at] * slope[bit]);
      if (Math.abs(value - expected) <= TOLERANCE * Math.max(scale, 1e-6)) return;
      throw new InputError("normalise is no affine map of each bit by itself when it is not training", {
        expected: `${expected} at z = ${given[at]}, after ${zero.data[bit]} at 0 and ${one.data[bit]} at 1`,
        actual: `${value} in bit ${bit}`,
      });
    });
    const { "hash.weight": weight, "hash.bias": bias } = arrays;
    const width = weight.shape[1];
    return {
      "hash.weight": {
        data: weight.data.map((value, at) => value * slope[Math.floor(at / width)]),
        shape: weight.shape,
      },
      "hash.bias": { data: bias.data.map((value, bit) => value * slope[bit] + zero.data[bit]), shape: bias.shape },
    };
  }

  async dispose(): Promise<void> {
    await this.program?.dispose();
  }
}

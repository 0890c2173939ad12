import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { Engine } from "../../src/compute/program.js";
import type { NdArray } from "../../src/core/arrays.js";
import { checkedOptions } from "../../src/core/options.js";
import { Random } from "../../src/core/random.js";
import type { FittedMethod, MethodArrays } from "../../src/methods/method.js";
import { float32 } from "./method-cases.js";

/** test/goldens/method-fits.json. */
interface FitGoldens {
  readonly n: number;
  readonly dim: number;
  readonly bits: number;
  readonly features: number[];
  readonly pca: { readonly axes: number[]; readonly projected: number[] };
  readonly itq: { readonly start: number[]; readonly rotated: Readonly<Record<string, number[]>> };
  readonly spectral: { readonly codes: Readonly<Record<string, number[]>> };
}

export const GOLDEN: FitGoldens = JSON.parse(
  readFileSync(new URL("../goldens/method-fits.json", import.meta.url), "utf8"),
);
export const FEATURES: NdArray<Float32Array> = float32(GOLDEN.features, [GOLDEN.n, GOLDEN.dim]);
export const ENGINE: Engine = onnxEngine("cpu", { threads: 1 });

/** Class numbers of the rows, for a method that learns from them. */
interface Learned {
  readonly labels?: Int32Array;
  readonly classes?: number;
}

/** Fits a method to features. */
export async function fitted<Options>(
  method: FittedMethod<Options>,
  features: NdArray<Float32Array>,
  { bits, seed = 0, options = {}, ...learned }: { bits: number; seed?: number; options?: Partial<Options> } & Learned,
): Promise<MethodArrays> {
  const { labels = new Int32Array(features.shape[0]).fill(-1), classes = 0 } = learned;
  const context = {
    bits,
    labels,
    classes,
    engine: ENGINE,
    random: new Random(seed),
    options: checkedOptions<Options>(method.options, options),
  };
  return method.fit(features, context);
}

/** What the encoder of a fitted method gives, compiled and eager on tfjs' plain backend; nothing may be left behind. */
export async function encodedBoth<Options>(
  method: FittedMethod<Options>,
  features: NdArray<Float32Array>,
  arrays: MethodArrays,
): Promise<{ compiled: Float32Array; eager: Float32Array; left: number }> {
  const program = await ENGINE.prepare({
    inputs: { x: { shape: features.shape, dtype: "float32" } },
    constants: arrays,
    body: ({ x, ...rest }) => ({ y: method.encode(x as tf.Tensor2D, rest) }),
  });
  const compiled = (await program.run({ x: features.data })).y.data;
  await program.dispose();
  const before = tf.memory().numTensors;
  const eager = tf.tidy(() => {
    const tensors = Object.entries(arrays).map(
      ([name, { data, shape }]) => [name, tf.tensor<tf.Rank>(data, [...shape])] as const,
    );
    const x = tf.tensor2d(features.data, [features.shape[0], features.shape[1]]);
    return method.encode(x, Object.fromEntries(tensors)).dataSync() as Float32Array;
  });
  return { compiled, eager, left: tf.memory().numTensors - before };
}

/** Rows of a row-major matrix. */
export function rowsOf(data: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: data.length / width }, (_, i) =>
    Array.from({ length: width }, (_v, k) => data[i * width + k]),
  );
}

/** Columns of a row-major matrix. */
export function columnsOf(data: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: width }, (_, k) =>
    Array.from({ length: data.length / width }, (_v, i) => data[i * width + k]),
  );
}

import type { Tensor2D } from "@tensorflow/tfjs";
import { inRowBlocks } from "../compute/product.js";
import type { Engine, Program } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { HeadConfig } from "./head.js";
import { headForward, headShapes } from "./head.js";
import type { Head } from "./head-file.js";
import { relaxCodes } from "./relaxed-codes.js";

/**
 * Turns features into relaxed codes with weights that may differ from call to call: compiled once for a training, used
 * after each epoch.
 */
export class Encoder {
  private readonly programs: Map<number, Program> = new Map();

  constructor(
    private readonly engine: Engine,
    private readonly config: HeadConfig,
  ) {}

  /**
   * @param features (n, inputDim)
   * @returns h = tanh(βz), (n, bits)
   * @throws {InputError} when features and head differ in length
   */
  async encode(head: Omit<Head, "config">, features: NdArray<Float32Array>): Promise<NdArray<Float32Array>> {
    const [n, dim] = features.shape;
    const { inputDim, bits } = this.config;
    if (features.shape.length !== 2 || dim !== inputDim) {
      throw new InputError("the features do not fit the head", {
        expected: `shape (n, ${inputDim})`,
        actual: `shape (${features.shape.join(", ")})`,
      });
    }
    const data = new Float32Array(n * bits);
    const weights = Object.fromEntries(Object.entries(head.parameters).map(([name, array]) => [name, array.data]));
    await inRowBlocks(n, async (rows, blocks) => {
      const program = await this.program(rows);
      for (const from of blocks) {
        const block = features.data.subarray(from * dim, (from + rows) * dim);
        const { h } = await program.run({ ...weights, beta: Float32Array.of(head.beta), features: block });
        data.set(h.data, from * bits);
      }
    });
    return { data, shape: [n, bits] };
  }

  private async program(rows: number): Promise<Program> {
    const known = this.programs.get(rows);
    if (known !== undefined) return known;
    const { inputDim } = this.config;
    const weights = Object.entries(headShapes(this.config)).map(
      ([name, shape]) => [name, { shape, dtype: "float32" }] as const,
    );
    const made = await this.engine.prepare({
      inputs: {
        features: { shape: [rows, inputDim], dtype: "float32" },
        beta: { shape: [], dtype: "float32" },
        ...Object.fromEntries(weights),
      },
      body: t => ({ h: relaxCodes(headForward(t, t.features as Tensor2D), t.beta.asScalar()) }),
    });
    this.programs.set(rows, made);
    return made;
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await program.dispose();
    this.programs.clear();
  }
}

/**
 * Relaxed codes of features under a trained head; `binarize` makes hash codes of them.
 * @param features (n, inputDim)
 * @returns (n, bits), in (−1, 1)
 */
export async function encodeFeatures(
  engine: Engine,
  head: Head,
  features: NdArray<Float32Array>,
): Promise<NdArray<Float32Array>> {
  const encoder = new Encoder(engine, head.config);
  try {
    return await encoder.encode(head, features);
  } finally {
    await encoder.dispose();
  }
}

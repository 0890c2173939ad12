import type { Tensor2D } from "@tensorflow/tfjs";
import { openEngine } from "../compute/engine.js";
import { inRowBlocks } from "../compute/product.js";
import type { Engine, Program } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { mapAhead } from "../core/map-ahead.js";
import type { HashModel, ModelGraph } from "./hash-model.js";
import { modelGraph } from "./hash-model.js";

/**
 * Turns features into relaxed codes with arrays that may differ from call to call: compiled once for a training, used
 * after each epoch.
 */
export class Encoder {
  private readonly programs: Map<number, Promise<Program>> = new Map();

  /** @param graph of a model whose arrays have the shapes of all that will come */
  constructor(
    private readonly engine: Engine,
    private readonly graph: ModelGraph,
  ) {}

  /**
   * @param arrays as those of the graph
   * @param features (n, inputDim)
   * @param of which rows, in which order, copied a block at a time. Default: all
   * @returns relaxed codes, (n, bits), of these rows
   * @throws {InputError} when features and model differ in length
   */
  async encode(
    arrays: ModelGraph["arrays"],
    features: NdArray<Float32Array>,
    of?: Int32Array,
  ): Promise<NdArray<Float32Array>> {
    const [all, dim] = features.shape;
    const n = of?.length ?? all;
    const { inputDim, bits } = this.graph;
    if (features.shape.length !== 2 || dim !== inputDim) {
      throw new InputError("the features do not fit the model", {
        expected: `shape (n, ${inputDim})`,
        actual: `shape (${features.shape.join(", ")})`,
      });
    }
    const data = new Float32Array(n * bits);
    const weights = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.data]));
    await inRowBlocks(n, async (rows, blocks) => {
      const program = await this.program(rows);
      for (const from of blocks) {
        const block =
          of === undefined
            ? features.data.subarray(from * dim, (from + rows) * dim)
            : takeRows(features, of.subarray(from, from + rows)).data;
        const { h } = await program.run({ ...weights, features: block });
        data.set(h.data, from * bits);
      }
    });
    return { data, shape: [n, bits] };
  }

  private program(rows: number): Promise<Program> {
    const known = this.programs.get(rows);
    if (known !== undefined) return known;
    const { inputDim, arrays, z, relax } = this.graph;
    const weights = Object.entries(arrays).map(([name, { shape }]) => [name, { shape, dtype: "float32" }] as const);
    const made = this.engine.prepare({
      inputs: { features: { shape: [rows, inputDim], dtype: "float32" }, ...Object.fromEntries(weights) },
      body: t => ({ h: relax(z(t.features as Tensor2D, t), t) }),
    });
    made.catch(() => this.programs.delete(rows)); // reported to who waits
    this.programs.set(rows, made);
    return made;
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await (await program).dispose();
    this.programs.clear();
  }
}

/**
 * Relaxed codes of features under a model; `binarize` makes hash codes of them.
 * @param features (n, inputDim)
 * @param options.engine Default: the best that is there
 * @returns (n, bits): in (−1, 1) for tanh, any real value else
 * @throws {InputError} when features and model differ in length
 */
export async function encodeFeatures(
  features: NdArray<Float32Array>,
  model: HashModel,
  options: { readonly engine?: Engine } = {},
): Promise<NdArray<Float32Array>> {
  const graph = modelGraph(model);
  const encoder = new Encoder(options.engine ?? (await openEngine()), graph);
  try {
    return await encoder.encode(graph.arrays, features);
  } finally {
    await encoder.dispose();
  }
}

/** Settings of {@link encodeBlocks}. */
export interface EncodeBlocksOptions extends Abortable {
  /** Default: the best that is there. */
  readonly engine?: Engine;
}

/**
 * Relaxed codes of features that come some rows at a time, as {@link encodeFeatures} gives them of all; the next block is
 * read while one is computed, and no more than two are held.
 * @param blocks (some, inputDim) each
 * @returns (some, bits) for each
 * @throws {InputError} as {@link encodeFeatures}, and what the blocks throw
 */
export async function* encodeBlocks(
  blocks: AsyncIterable<NdArray<Float32Array>>,
  model: HashModel,
  { engine, signal }: EncodeBlocksOptions = {},
): AsyncGenerator<NdArray<Float32Array>, void> {
  const graph = modelGraph(model);
  const encoder = new Encoder(engine ?? (await openEngine()), graph);
  try {
    yield* mapAhead(blocks, block => encoder.encode(graph.arrays, block), { ahead: 2, signal });
  } finally {
    await encoder.dispose();
  }
}

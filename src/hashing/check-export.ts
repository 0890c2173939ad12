import type { Backbone } from "../backbone/backbone.js";
import type { CompiledModel } from "../compute/compile.js";
import { onnxEngine } from "../compute/onnx-engine.js";
import * as ort from "../compute/onnxruntime.js";
import { EngineError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { meanOverViews } from "../features/mean-over-views.js";
import { preprocess } from "../images/preprocess.js";
import { viewCount } from "../images/views.js";
import { encodeFeatures } from "./encode.js";
import type { HashModel } from "./hash-model.js";
import { givesCodes } from "./hash-model.js";

/** What the two ways may differ by, of values about 1. */
const TOLERANCE = 1e-3;

/**
 * Runs an exported model on noise, and the separate parts on the same, and compares what they give.
 * @param made of `exportModel`, with a backbone that is an ONNX file
 * @param backbone whose preprocessing says the views that the model takes
 * @returns the greatest difference between relaxed codes, absolute
 * @throws {EngineError} when onnxruntime does not take the model, or it gives something else
 */
export async function checkExport(made: CompiledModel, backbone: Backbone, model: HashModel): Promise<number> {
  const [batch, side] = made.inputs[0].shape;
  const random = new Random(0).stream("pixels of a check");
  const pixels = Uint8Array.from({ length: batch * side * side * 3 }, () => random.integer(256));
  const expected = await separately(pixels, batch, backbone, model);
  const session = await ort.InferenceSession.create(made.bytes, { logSeverityLevel: 3 }).catch((cause: Error) => {
    throw new EngineError("onnxruntime does not take the joined model", { actual: cause.message, cause });
  });
  try {
    const input = new ort.Tensor("float32", Float32Array.from(pixels), [batch, side, side, 3]);
    const results = await session.run({ pixels: input });
    const found = (givesCodes(model) ? results.z : results.embedding).data as Float32Array;
    return greatestDifference(found, expected.data, givesCodes(model) ? expected.relax : value => value);
  } finally {
    await session.release();
  }
}

interface Expected {
  /** Relaxed codes. */
  readonly data: Float32Array;
  /** What makes relaxed codes of the z's of the export. */
  readonly relax: (z: number) => number;
}

async function separately(pixels: Uint8Array, batch: number, backbone: Backbone, model: HashModel): Promise<Expected> {
  const engine = onnxEngine("cpu");
  const { preprocessing, dim, prepare } = backbone;
  const { views: _, ...oneView } = preprocessing;
  const views = viewCount(preprocessing); // of each image, one after another in the batch
  const side = preprocessing.crop;
  const size = side * side * 3;
  const images = new Float32Array(pixels.length); // (batch, side, side, 3)
  for (let i = 0; i < batch; i++) {
    const data = pixels.subarray(i * size, (i + 1) * size);
    const asItIs = { ...oneView, resize: side };
    images.set(await preprocess({ data, width: side, height: side, channels: 3 }, asItIs), i * size);
  }
  const program = await prepare!(engine);
  try {
    const { features } = await program.run({ images });
    const means = { data: meanOverViews(features.data, views, dim), shape: [batch / views, dim] };
    const { data } = await encodeFeatures(means, model, { engine });
    const isTanh = !("encode" in model) && (model.activation ?? "tanh") === "tanh";
    const beta = "encode" in model ? 1 : model.beta;
    return { data, relax: isTanh ? z => Math.tanh(beta * z) : z => z };
  } finally {
    await program.dispose();
  }
}

function greatestDifference(found: Float32Array, expected: Float32Array, relax: (z: number) => number): number {
  let greatest = 0;
  for (const [i, value] of found.entries()) {
    const difference = Math.abs(relax(value) - expected[i]) / Math.max(1, Math.abs(expected[i]));
    greatest = Math.max(greatest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  if (found.length === expected.length && greatest <= TOLERANCE) return greatest;
  throw new EngineError("the joined model gives other codes than backbone and head one after the other", {
    expected: `${expected.length} values that differ by at most ${TOLERANCE}`,
    actual: `${found.length} that differ by up to ${greatest}`,
  });
}

import { basename } from "node:path";
import onnxProto from "onnx-proto";
import type { Engine } from "../compute/program.js";
import { EngineError, InputError } from "../core/errors.js";
import { MAX_CROP } from "../images/preprocessing.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import type { Backbone, BackboneGraph } from "./backbone.js";
import type { OnnxFile, OnnxModel } from "./onnx-file.js";
import { readOnnxFile } from "./onnx-file.js";
import { onnxPreprocessing } from "./onnx-preprocessing.js";
import type { ImagePort } from "./onnx-program.js";
import { OnnxFileProgram } from "./onnx-program.js";
import type { Pooling } from "./pooling.js";

const { onnx } = onnxProto;

/** Settings of {@link openOnnxBackbone}. */
export interface OnnxBackboneOptions {
  /** Name of the tensor that is the feature; any of the graph, flattened. Default: the model's only output. */
  readonly output?: string;
  /** The output is a map, and is pooled so. Default: whatever it is, it is flattened. */
  readonly pool?: Pooling;
  /** What the network wants its images to be, as far as it is known better than from its files. Checked. */
  readonly preprocessing?: PreprocessingSettings;
}

/**
 * Any ONNX file as a backbone: one input of images, (batch, 3, side, side) or (batch, side, side, 3), float32. Weights may
 * lie in files beside it. It runs on onnxruntime, on the provider of the engine when that is a compiled one, else on the
 * CPU. How its images are made is said by the options, a JSON file beside it, its metadata, or assumed; see
 * `onnxPreprocessing`.
 * @throws {InputError} when the file is no ONNX model, its input is no image, or the output is not there
 */
export async function openOnnxBackbone(file: string, options: OnnxBackboneOptions = {}): Promise<Backbone> {
  const onnxFile = await readOnnxFile(file);
  const { model } = onnxFile;
  const found = imagePort(model, file);
  const { output, source } = withOutput(onnxFile, options.output, file);
  const { preprocessing, assumptions } = await onnxPreprocessing(
    { model, file, side: found.side },
    options.preprocessing,
  );
  const { pool } = options;
  const open = (provider: string, side: number): Promise<OnnxFileProgram> =>
    OnnxFileProgram.open(source, { ...found, side: sideFor(found, side, file) }, { provider, output, file, pool });
  const side = preprocessing.crop;
  const probe = await open("cpu", side);
  const { dim, layout } = await probe.probe().finally(() => probe.dispose());
  const { name: input, channelsFirst, batch } = found;
  const pooled = pool === undefined || layout === undefined ? {} : { pooled: { pool, layout } };
  return {
    name: basename(file),
    dim,
    preprocessing,
    assumptions,
    layer: output,
    ...(pool === undefined ? {} : { pool }),
    weights: {},
    weightsHash: onnxFile.hash,
    forward: () => {
      throw new EngineError(`${basename(file)} is an ONNX file: it cannot be traced or trained`);
    },
    prepare: (engine: Engine, at = side) => open(engine.kind === "compiled" ? engine.name : "cpu", at),
    graph: { bytes: bytesOf(source, file), input, output, channelsFirst, batch, ...pooled },
  };
}

/** @throws {InputError} when the model takes images of one size, and of another they are to be */
function sideFor({ side }: ImagePort, wanted: number, file: string): number {
  if (side === 0 || side === wanted) return wanted;
  throw new InputError("the model takes images of one size", {
    file,
    expected: `${side} pixels a side, no other scales`,
    actual: `${wanted}`,
  });
}

/** The model in one message, for those who build on it. */
function bytesOf(source: Uint8Array | string, file: string): BackboneGraph["bytes"] {
  return () => {
    if (typeof source !== "string") return source;
    throw new InputError("the model is too large to be joined with a head", {
      file,
      expected: "less than 2 GB of weights, the most that one ONNX file holds",
    });
  };
}

/** The output, and the model with it among its outputs. */
function withOutput(
  { model, source }: OnnxFile,
  asked: string | undefined,
  file: string,
): { readonly output: string; readonly source: Uint8Array | string } {
  const output = chosenOutput(model, asked, file);
  if (model.graph?.output?.some(({ name }) => name === output)) return { output, source };
  if (typeof source === "string") {
    throw new InputError("of a model of more than 2 GB only outputs can be features", {
      file,
      expected: `one of ${model.graph?.output?.map(({ name }) => name).join(", ")}`,
      actual: output,
    });
  }
  model.graph?.output?.push(onnx.ValueInfoProto.create({ name: output })); // the model is nobody else's
  return { output, source: onnx.ModelProto.encode(model).finish() };
}

/** Of all images of a call together, 3 GiB of numbers: more is a wrong number. */
const MAX_PIXELS = 2 ** 28;

function imagePort({ graph }: OnnxModel, file: string): ImagePort {
  const constants = new Set(graph?.initializer?.map(({ name }) => name));
  const inputs = graph?.input?.filter(({ name }) => !constants.has(name)) ?? [];
  const sides = inputs[0]?.type?.tensorType?.shape?.dim?.map(({ dimValue }) => Number(dimValue ?? 0)) ?? [];
  const [batch, second, third, fourth] = sides;
  const channelsFirst = second === 3;
  const [height, width] = channelsFirst ? [third, fourth] : [second, third];
  const fits = sides.length === 4 && (channelsFirst || fourth === 3) && height === width;
  if (inputs.length !== 1 || !fits || inputs[0].type?.tensorType?.elemType !== 1) {
    throw new InputError("the model does not take images", {
      file,
      expected: "one float32 input of shape (batch, 3, side, side) or (batch, side, side, 3)",
      actual: inputs.map(({ name }, i) => `${name} (${i === 0 ? sides.join(", ") : "…"})`).join(", ") || "no input",
    });
  }
  if (height > MAX_CROP) {
    throw new InputError("the model takes images that are too large", {
      file,
      expected: `at most ${MAX_CROP} pixels a side`,
      actual: `${height}`,
    });
  }
  if (batch * Math.max(1, height) ** 2 > MAX_PIXELS) {
    throw new InputError("the model takes too many images a call", {
      file,
      expected: `at most ${MAX_PIXELS} pixels a call`,
      actual: `${batch} images of ${height} pixels a side`,
    });
  }
  return { name: inputs[0].name ?? "", batch: Math.max(0, batch), side: Math.max(0, height), channelsFirst };
}

/** The name of the output: one of the model's, or of a tensor inside. */
function chosenOutput({ graph }: OnnxModel, asked: string | undefined, file: string): string {
  const outputs = graph?.output?.map(({ name }) => name ?? "") ?? [];
  const name = asked ?? (outputs.length === 1 ? outputs[0] : undefined);
  const inner = graph?.node?.flatMap(node => node.output ?? []) ?? [];
  if (name !== undefined && (outputs.includes(name) || inner.includes(name))) return name;
  const none = outputs.length === 0 ? "the model has no output" : "the model has several outputs";
  throw new InputError(name === undefined ? none : "the model has no tensor of that name", {
    file,
    expected: `--output with one of ${outputs.join(", ") || "its tensors"}, or of the ${inner.length} tensors inside, for example ${inner.at(-2) ?? inner.at(-1)}`,
    actual: name,
  });
}

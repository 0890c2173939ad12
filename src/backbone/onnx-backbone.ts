import { createHash } from "node:crypto";
import { basename } from "node:path";
import onnxProto from "onnx-proto";
import * as ort from "../compute/onnxruntime.js";
import type { Engine, Program } from "../compute/program.js";
import { sizeOf } from "../core/arrays.js";
import { EngineError, InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { parseJsonFile } from "../core/json-file.js";
import { readWeightsFile } from "../core/safetensors.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { PREPROCESSING_SCHEMA } from "../images/preprocessing.js";
import type { Backbone } from "./backbone.js";

const { onnx } = onnxProto;
type Model = InstanceType<typeof onnx.ModelProto>;

/** Settings of {@link openOnnxBackbone}. */
export interface OnnxBackboneOptions {
  /** Name of the tensor that is the feature; any of the graph, flattened. Default: the model's only output. */
  readonly output?: string;
  /** What the network wants its images to be. Default: ImageNet's mean and std, 256/224 in proportion to its input. */
  readonly preprocessing?: Preprocessing;
}

/** Of the models that `hashbook export` writes, in their metadata. */
const PREPROCESSING_JSON: JsonFileKind<Preprocessing> = {
  what: 'the metadata "preprocessing" as `hashbook export` writes it',
  schema: PREPROCESSING_SCHEMA,
};

/** How a model takes images. */
interface ImagePort {
  readonly name: string;
  /** Images a call; 0 when any number goes. */
  readonly batch: number;
  readonly side: number;
  readonly channelsFirst: boolean;
}

/**
 * Any ONNX file as a backbone: one input of images, (batch, 3, side, side) or (batch, side, side, 3), float32.
 * It runs on onnxruntime, on the provider of the engine when that is a compiled one, else on the CPU.
 * @throws {InputError} when the file is no ONNX model, its input is no image, or the output is not there
 */
export async function openOnnxBackbone(file: string, options: OnnxBackboneOptions = {}): Promise<Backbone> {
  const bytes = await readWeightsFile(file);
  const model = decode(bytes, file);
  const port = imagePort(model, file);
  const output = chosenOutput(model, options.output, file);
  const exposed = onnx.ModelProto.encode(model).finish();
  const preprocessing = options.preprocessing ?? preprocessingOf(model, port.side, file);
  const open = (provider: string): Promise<OnnxFileProgram> =>
    OnnxFileProgram.open(exposed, provider, port, output, file);
  const probe = await open("cpu");
  const { features } = await probe.run({ images: new Float32Array(Math.max(1, port.batch) * port.side ** 2 * 3) });
  await probe.dispose();
  return {
    name: basename(file),
    dim: features.shape[1],
    preprocessing,
    layer: output,
    weights: {},
    weightsHash: createHash("sha256").update(bytes).digest("hex"),
    forward: () => {
      throw new EngineError(`${basename(file)} is an ONNX file: it cannot be traced, trained or exported`);
    },
    prepare: (engine: Engine) => open(engine.kind === "compiled" ? engine.name : "cpu"),
  };
}

function decode(bytes: Uint8Array, file: string): Model {
  try {
    const model = onnx.ModelProto.decode(bytes);
    if (model.graph?.node?.length) return model as Model;
  } catch {} // told below
  throw new InputError("this is not an ONNX model", { file, expected: "a ModelProto with a graph" });
}

function imagePort({ graph }: Model, file: string): ImagePort {
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
  return { name: inputs[0].name ?? "", batch, side: height || 224, channelsFirst };
}

/** The name of the output; a tensor inside the graph becomes an output of the model. */
function chosenOutput({ graph }: Model, asked: string | undefined, file: string): string {
  const outputs = graph?.output?.map(({ name }) => name ?? "") ?? [];
  const name = asked ?? (outputs.length === 1 ? outputs[0] : undefined);
  if (name !== undefined && outputs.includes(name)) return name;
  const inner = graph?.node?.flatMap(node => node.output ?? []) ?? [];
  if (name !== undefined && inner.includes(name)) {
    graph?.output?.push(onnx.ValueInfoProto.create({ name }));
    return name;
  }
  throw new InputError(name === undefined ? "the model has several outputs" : "the model has no tensor of that name", {
    file,
    expected: `--output with one of ${outputs.join(", ")}, or of the ${inner.length} tensors inside, for example ${inner.at(-2)}`,
    actual: name,
  });
}

/** Models that `hashbook export` wrote say what they want, and normalise themselves. */
function preprocessingOf({ metadataProps, producerName }: Model, side: number, file: string): Preprocessing {
  const own = metadataProps?.find(({ key }) => key === "preprocessing")?.value;
  if (producerName === "hashbook" && own) {
    const kept = parseJsonFile(own, file, PREPROCESSING_JSON);
    return { ...kept, mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };
  }
  return {
    resize: Math.round((side * 256) / 224),
    crop: side,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    interpolation: "bilinear",
  };
}

/** Takes images channels last, as `preprocess` makes them, any number a call, and gives the flattened output. */
class OnnxFileProgram implements Program {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly port: ImagePort,
    private readonly output: string,
  ) {}

  static async open(
    bytes: Uint8Array,
    provider: string,
    port: ImagePort,
    output: string,
    file: string,
  ): Promise<OnnxFileProgram> {
    try {
      const session = await ort.InferenceSession.create(bytes, { executionProviders: [provider], logSeverityLevel: 3 });
      return new OnnxFileProgram(session, port, output);
    } catch (cause) {
      throw new EngineError(`onnxruntime's ${provider} provider did not take the model ${file}`, {
        actual: (cause as Error).message,
        cause,
      });
    }
  }

  async run({ images }: Readonly<Record<string, Float32Array | Int32Array>>): ReturnType<Program["run"]> {
    const { batch, side } = this.port;
    const size = side * side * 3;
    const count = images.length / size;
    const step = batch || count;
    let data = new Float32Array(0);
    let dim = 0;
    for (let from = 0; from < count; from += step) {
      const part = new Float32Array(step * size); // the last part of a fixed batch ends in zeros
      part.set((images as Float32Array).subarray(from * size, Math.min(count, from + step) * size));
      const values = await this.once(part, step);
      dim = values.length / step;
      if (from === 0) data = new Float32Array(count * dim);
      data.set(values.subarray(0, Math.min(step, count - from) * dim), from * dim);
    }
    return { features: { data, shape: [count, dim] } };
  }

  private async once(images: Float32Array, count: number): Promise<Float32Array> {
    const { name, side, channelsFirst } = this.port;
    const shape = channelsFirst ? [count, 3, side, side] : [count, side, side, 3];
    const values = channelsFirst ? channelsFirstOf(images, side * side) : images;
    const results = await this.session.run({ [name]: new ort.Tensor("float32", values, shape) }, [this.output]);
    const { data, dims } = results[this.output];
    if (!(data instanceof Float32Array) || sizeOf(dims) % count !== 0) {
      throw new EngineError(`the output "${this.output}" is no feature`, {
        expected: `float32 of ${count} rows`,
        actual: `(${dims.join(", ")})`,
      });
    }
    return data;
  }

  async readState(): Promise<Record<string, never>> {
    return {};
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

/** (n, places, 3) → (n, 3, places). */
function channelsFirstOf(images: Float32Array, places: number): Float32Array {
  const out = new Float32Array(images.length);
  for (let image = 0; image < images.length; image += 3 * places) {
    for (let place = 0; place < places; place++) {
      for (let c = 0; c < 3; c++) out[image + c * places + place] = images[image + 3 * place + c];
    }
  }
  return out;
}

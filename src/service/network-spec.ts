import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import type { Backbone, BackboneGraph } from "../backbone/backbone.js";
import type { CompiledModel } from "../compute/compile.js";
import { compileDefinition } from "../compute/compile-definition.js";
import type { Arrays, ProgramDefinition } from "../compute/program.js";
import type { HashModel } from "../hashing/hash-model.js";
import { modelGraph } from "../hashing/hash-model.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { eachScale } from "../images/scales.js";
import { viewCount } from "../images/views.js";

/** A compiled model with what it is called with. */
export interface ProgramSpec extends Required<Pick<ProgramDefinition, "inputs">> {
  readonly compiled: CompiledModel;
  /** Values of inputs that stay. */
  readonly resident: Arrays;
}

/** A network of one picture: compiled for each side, or a foreign ONNX model that takes any. */
export type NetworkProgram =
  | { readonly kind: "compiled"; readonly bySide: Readonly<Record<number, ProgramSpec>> }
  | { readonly kind: "onnx"; readonly bytes: Uint8Array; readonly graph: Omit<BackboneGraph, "bytes"> };

/** A network and the heads behind it, as threads are sent them: no code, no tensors. */
export interface NetworkSpec {
  /** Of the backbone, for messages. */
  readonly name: string;
  /** Length of a feature. */
  readonly dim: number;
  readonly preprocessing: Preprocessing;
  readonly program: NetworkProgram;
  /** Each makes relaxed codes (1, bits) of a feature (1, dim). */
  readonly heads: readonly ProgramSpec[];
}

/** Networks that are compiled, by their keys: a reload of a gallery compiles none of them again. */
export class CompiledNetworks {
  private readonly programs: Map<string, NetworkProgram> = new Map();

  /**
   * A network and its heads; the network is compiled the first time.
   * @param models that take the backbone's features
   * @throws {EngineError} when it cannot be compiled
   */
  spec(backbone: Backbone, models: readonly HashModel[]): NetworkSpec {
    const { name, dim, preprocessing } = backbone;
    const key = networkKey(backbone);
    const program = this.programs.get(key) ?? programOf(backbone);
    this.programs.set(key, program);
    return { name, dim, preprocessing, program, heads: models.map(headSpec) };
  }

  /** Lets all others go. */
  keep(backbones: readonly Backbone[]): void {
    const kept = new Set(backbones.map(networkKey));
    for (const key of this.programs.keys()) if (!kept.has(key)) this.programs.delete(key);
  }
}

function programOf(backbone: Backbone): NetworkProgram {
  const { graph, preprocessing } = backbone;
  if (graph !== undefined) {
    const { bytes, ...port } = graph;
    return { kind: "onnx", bytes: inSharedMemory(bytes()), graph: port };
  }
  const views = viewCount(preprocessing);
  const bySide = eachScale(preprocessing).map(({ crop }) => {
    const definition: ProgramDefinition = {
      inputs: { images: { shape: [views, crop, crop, 3], dtype: "float32" } },
      constants: backbone.weights,
      quantization: backbone.quantization,
      body: tensors => ({ features: backbone.forward(tensors.images as Tensor4D, tensors) }), // (views, dim)
    };
    return [crop, programSpec(definition)] as const;
  });
  return { kind: "compiled", bySide: Object.fromEntries(bySide) };
}

function headSpec(model: HashModel): ProgramSpec {
  const { inputDim, arrays, z, relax } = modelGraph(model);
  return programSpec({
    inputs: { features: { shape: [1, inputDim], dtype: "float32" } },
    resident: arrays, // not folded: the graph is then that of `encode`
    body: t => ({ h: relax(z(t.features as Tensor2D, t), t) }),
  });
}

function programSpec(definition: ProgramDefinition): ProgramSpec {
  const { inputs = {}, resident = {} } = definition;
  const compiled = compileDefinition(definition);
  return { inputs, resident, compiled: { ...compiled, bytes: inSharedMemory(compiled.bytes) } };
}

/** Sent to threads without a copy, which for a large network would keep requests waiting. */
function inSharedMemory(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

/** What makes two backbones one: networks of the same key give the same features. */
export function networkKey({ name, weightsHash, layer, pool, preprocessing, quantization }: Backbone): string {
  return JSON.stringify([name, weightsHash, layer, pool, preprocessing, quantization]);
}

import * as ort from "onnxruntime-node";
import type { NdArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import { EngineError } from "../core/errors.js";
import type { CompiledModel } from "./compile.js";
import { compile } from "./compile.js";
import type { Arrays, Engine, FloatOrInt, Program, ProgramDefinition } from "./program.js";
import { checkInputs, specOf } from "./program.js";

/** Devices that onnxruntime-node can run a graph on. */
export type OnnxProvider = "cpu" | "webgpu" | "cuda";

/** Settings of {@link onnxEngine}. */
export interface OnnxEngineOptions {
  /** Threads inside one operation. Default: one a physical core, onnxruntime's choice. */
  readonly threads?: number;
}

type Feeds = Record<string, ort.Tensor>;

/** An engine that compiles programs and runs them on onnxruntime. */
export function onnxEngine(provider: OnnxProvider, options: OnnxEngineOptions = {}): Engine {
  return {
    name: provider,
    kind: "compiled",
    description: `compiled, onnxruntime-node ${ort.env.versions.node ?? ""} ${provider}`,
    prepare: definition => OnnxProgram.create(provider, definition, options),
  };
}

function tensorOf({ data, shape }: NdArray<FloatOrInt>): ort.Tensor {
  return data instanceof Float32Array
    ? new ort.Tensor("float32", data, shape)
    : new ort.Tensor("int32", data as Int32Array, shape);
}

function feedsOf(arrays: Arrays): Feeds {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensorOf(array)]));
}

class OnnxProgram implements Program {
  private constructor(
    private readonly session: ort.InferenceSession,
    /** Of the compiled model; its bytes, which can be large, are not kept. */
    private readonly outputs: CompiledModel["outputs"],
    private readonly definition: ProgramDefinition,
    private readonly resident: Feeds,
    /** The state that the next run reads, and the buffers it writes to; they change places after each run. */
    private current: Feeds,
    private next: Feeds,
  ) {}

  static async create(
    provider: OnnxProvider,
    definition: ProgramDefinition,
    options: OnnxEngineOptions,
  ): Promise<OnnxProgram> {
    const { inputs = {}, constants = {}, resident = {}, state = {}, body } = definition;
    const bound = Object.entries({ ...resident, ...state }).map(([name, array]) => [name, specOf(array)] as const);
    const model = compile(body, { inputs: { ...inputs, ...Object.fromEntries(bound) }, constants });
    checkState(model, state);
    const session = await createSession(model, provider, options);
    const copies = (): Arrays =>
      Object.fromEntries(
        Object.entries(state).map(([name, { data, shape }]) => [name, { data: data.slice() as Float32Array, shape }]),
      );
    return new OnnxProgram(session, model.outputs, definition, feedsOf(resident), feedsOf(copies()), feedsOf(copies()));
  }

  async run(inputs: Readonly<Record<string, FloatOrInt>>): Promise<Record<string, NdArray<Float32Array>>> {
    const specs = this.definition.inputs ?? {};
    checkInputs(specs, inputs);
    const feeds: Feeds = { ...this.resident, ...this.current };
    for (const [name, { shape }] of Object.entries(specs)) feeds[name] = tensorOf({ data: inputs[name], shape });
    const used = Object.fromEntries(this.session.inputNames.map(name => [name, feeds[name]]));
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const { name } of this.outputs) fetches[name] = null;
    for (const name of Object.keys(this.current)) fetches[`${name}_next`] = this.next[name];
    const results = await this.session.run(used, fetches);
    [this.current, this.next] = [this.next, this.current];
    const outputs: Record<string, NdArray<Float32Array>> = {};
    for (const { name, shape } of this.outputs) {
      if (name.endsWith("_next") && name.slice(0, -"_next".length) in this.current) continue;
      outputs[name] = { data: (await results[name].getData()) as Float32Array, shape };
    }
    return outputs;
  }

  async readState(): Promise<Record<string, NdArray<Float32Array>>> {
    return Object.fromEntries(
      Object.entries(this.current).map(([name, tensor]) => [
        name,
        { data: (tensor.data as Float32Array).slice(), shape: tensor.dims },
      ]),
    );
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

function checkState(model: CompiledModel, state: Arrays): void {
  for (const [name, { shape }] of Object.entries(state)) {
    const output = model.outputs.find(port => port.name === `${name}_next`);
    if (output === undefined || output.shape.join() !== shape.join()) {
      throw new EngineError(`the program's body must return the next value of its state "${name}"`, {
        expected: `shape (${shape.join(", ")}), ${sizeOf(shape)} values`,
        actual: output === undefined ? "nothing" : `shape (${output.shape.join(", ")})`,
      });
    }
  }
}

async function createSession(
  model: CompiledModel,
  provider: OnnxProvider,
  { threads }: OnnxEngineOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model.bytes, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
  } catch (cause) {
    throw new EngineError(`onnxruntime's ${provider} provider did not take the compiled graph`, {
      actual: (cause as Error).message,
      cause,
    });
  }
}

import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import type { CompiledModel } from "./compile.js";
import { STEP_COUNT } from "./compile.js";
import { compileDefinition } from "./compile-definition.js";
import type { TensorSpec } from "./graph.js";
import type { BorrowedSession } from "./kept-sessions.js";
import { KeptSessions } from "./kept-sessions.js";
import type { Feeds, OnnxProvider, Outputs } from "./onnx-session.js";
import { createSession, feedsOf, OnnxProgram, pickUsedFeeds, tensorOf } from "./onnx-session.js";
import * as ort from "./onnxruntime.js";
import type { Engine, FloatOrInt, Inputs, Program, ProgramDefinition } from "./program.js";
import { checkInputs } from "./program.js";
import { onlyOnCpu } from "./quantization.js";

export type { OnnxProvider } from "./onnx-session.js";

/** Settings of {@link onnxEngine}. */
export interface OnnxEngineOptions {
  /** Threads inside one operation. Default: one a physical core, onnxruntime's choice. */
  readonly threads?: number;
  /** Sessions to keep when their programs are disposed of, for programs of the same graph. Default 0. */
  readonly keptSessions?: number;
}

type OpenSession = (
  model: CompiledModel,
  sharesCores: boolean | undefined,
) => Promise<BorrowedSession<ort.InferenceSession>>;

/** An engine that compiles programs and runs them on onnxruntime. */
export function onnxEngine(provider: OnnxProvider, options: OnnxEngineOptions = {}): Engine {
  const sessions = new KeptSessions<ort.InferenceSession>(options.keptSessions ?? 0);
  const openSession: OpenSession = (model, sharesCores) =>
    sessions.borrow(model.bytes, () => createSession(model, provider, { ...options, sharesCores }));
  return {
    name: provider,
    kind: "compiled",
    description: `compiled, onnxruntime-node ${ort.env.versions.node ?? ""} ${provider}`,
    prepare: definition => prepare(provider, definition, openSession),
  };
}

/**
 * A program with state: a loop in one graph. onnxruntime-node copies every output into new memory, also where it was
 * given memory to write to; many steps a call copy the state once.
 */
class OnnxLoop implements Program {
  constructor(
    private readonly borrowed: BorrowedSession<ort.InferenceSession>,
    private readonly outputs: CompiledModel["outputs"],
    private readonly definition: ProgramDefinition,
    private readonly resident: Feeds,
    private state: Feeds,
  ) {}

  async run(inputs: Inputs): Promise<Outputs> {
    return (await this.runSteps([inputs]))[0];
  }

  async runSteps(steps: readonly Inputs[]): Promise<Outputs[]> {
    if (steps.length === 0) return [];
    checkAborted();
    const specs = this.definition.inputs ?? {};
    for (const inputs of steps) checkInputs(specs, inputs);
    const feeds: Feeds = { ...this.resident, ...this.state };
    feeds[STEP_COUNT] = new ort.Tensor("int64", BigInt64Array.of(BigInt(steps.length)), []);
    for (const [name, spec] of Object.entries(specs)) feeds[name] = tensorOf(stackSteps(steps, name, spec));
    const { session } = this.borrowed;
    const results = await session.run(pickUsedFeeds(session, feeds));
    this.state = Object.fromEntries(Object.keys(this.state).map(name => [name, results[`${name}_next`]]));
    const outputs: Outputs[] = steps.map(() => ({}));
    for (const { name, shape } of this.outputs) {
      if (name.endsWith("_next") && name.slice(0, -"_next".length) in this.state) continue;
      const all = (await results[name].getData()) as Float32Array; // (steps, ...shape)
      const size = sizeOf(shape);
      for (const [i, output] of outputs.entries()) {
        output[name] = { data: all.slice(i * size, (i + 1) * size), shape };
      }
    }
    return outputs;
  }

  async readState(): Promise<Outputs> {
    const state: Outputs = {};
    for (const [name, tensor] of Object.entries(this.state)) {
      state[name] = { data: (await tensor.getData()) as Float32Array, shape: tensor.dims }; // a call gives new ones
    }
    return state;
  }

  async dispose(): Promise<void> {
    await this.borrowed.giveBack();
  }
}

/** One input of several steps under each other: (steps, ...shape). */
function stackSteps(steps: readonly Inputs[], name: string, { shape, dtype }: TensorSpec): NdArray<FloatOrInt> {
  const size = sizeOf(shape);
  const data = dtype === "float32" ? new Float32Array(steps.length * size) : new Int32Array(steps.length * size);
  for (const [i, inputs] of steps.entries()) data.set(inputs[name], i * size);
  return { data, shape: [steps.length, ...shape] };
}

async function prepare(
  provider: OnnxProvider,
  definition: ProgramDefinition,
  openSession: OpenSession,
): Promise<Program> {
  const { resident = {}, state = {}, compiled, quantization, sharesCores } = definition;
  if (quantization !== undefined && provider !== "cpu") throw onlyOnCpu(provider);
  const model = compiled ?? compileDefinition(definition);
  const borrowed = await openSession(model, sharesCores);
  if (Object.keys(state).length === 0)
    return new OnnxProgram(borrowed, model.outputs, definition.inputs ?? {}, feedsOf(resident));
  const first = Object.entries(state).map(([name, { data, shape }]) => [name, { data: data.slice(), shape }] as const);
  return new OnnxLoop(borrowed, model.outputs, definition, feedsOf(resident), feedsOf(Object.fromEntries(first)));
}

import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import { EngineError } from "../core/errors.js";
import type { ByteProducts } from "./byte-products.js";
import { byteProducts } from "./byte-products.js";
import type { CompiledModel } from "./compile.js";
import { STEP_COUNT } from "./compile.js";
import { compileDefinition } from "./compile-definition.js";
import type { TensorSpec } from "./graph.js";
import type { BorrowedSession } from "./kept-sessions.js";
import { KeptSessions } from "./kept-sessions.js";
import * as ort from "./onnxruntime.js";
import type { Arrays, Engine, FloatOrInt, Inputs, Program, ProgramDefinition } from "./program.js";
import { checkInputs } from "./program.js";
import { onlyOnCpu } from "./quantization.js";

/** Devices that onnxruntime-node can run a graph on. */
export type OnnxProvider = "cpu" | "webgpu" | "cuda";

/** Settings of {@link onnxEngine}. */
export interface OnnxEngineOptions {
  /** Threads inside one operation. Default: one a physical core, onnxruntime's choice. */
  readonly threads?: number;
  /** Sessions to keep when their programs are disposed of, for programs of the same graph. Default 0. */
  readonly keptSessions?: number;
}

type Feeds = Record<string, ort.Tensor>;
type Outputs = Record<string, NdArray<Float32Array>>;
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

function tensorOf({ data, shape }: NdArray<FloatOrInt>): ort.Tensor {
  return data instanceof Float32Array
    ? new ort.Tensor("float32", data, shape)
    : new ort.Tensor("int32", data as Int32Array, shape);
}

function feedsOf(arrays: Arrays): Feeds {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensorOf(array)]));
}

/** A program without state: each run is a call. */
class OnnxProgram implements Program {
  constructor(
    private readonly borrowed: BorrowedSession<ort.InferenceSession>,
    /** Of the compiled model; its bytes, which can be large, are not kept. */
    private readonly outputs: CompiledModel["outputs"],
    private readonly definition: ProgramDefinition,
    private readonly resident: Feeds,
  ) {}

  async run(inputs: Inputs): Promise<Outputs> {
    checkAborted();
    const specs = this.definition.inputs ?? {};
    checkInputs(specs, inputs);
    const feeds: Feeds = { ...this.resident };
    for (const [name, { shape }] of Object.entries(specs)) feeds[name] = tensorOf({ data: inputs[name], shape });
    const { session } = this.borrowed;
    const results = await session.run(pickUsedFeeds(session, feeds));
    const outputs: Outputs = {};
    for (const { name, shape } of this.outputs) {
      outputs[name] = { data: (await results[name].getData()) as Float32Array, shape };
    }
    return outputs;
  }

  async readState(): Promise<Outputs> {
    return {};
  }

  async dispose(): Promise<void> {
    await this.borrowed.giveBack();
  }
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
      state[name] = { data: ((await tensor.getData()) as Float32Array).slice(), shape: tensor.dims };
    }
    return state;
  }

  async dispose(): Promise<void> {
    await this.borrowed.giveBack();
  }
}

/** onnxruntime refuses what the graph does not use. */
function pickUsedFeeds(session: ort.InferenceSession, feeds: Feeds): Feeds {
  return Object.fromEntries(session.inputNames.map(name => [name, feeds[name]]));
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
  if (Object.keys(state).length === 0) return new OnnxProgram(borrowed, model.outputs, definition, feedsOf(resident));
  const first = Object.entries(state).map(([name, { data, shape }]) => [name, { data: data.slice(), shape }] as const);
  return new OnnxLoop(borrowed, model.outputs, definition, feedsOf(resident), feedsOf(Object.fromEntries(first)));
}

async function createSession(
  model: CompiledModel,
  provider: OnnxProvider,
  { threads, sharesCores }: OnnxEngineOptions & Pick<ProgramDefinition, "sharesCores">,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model.bytes, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      extra: sessionEntries(byteProducts(), sharesCores),
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
  } catch (cause) {
    throw new EngineError(`onnxruntime's ${provider} provider did not take the compiled graph`, {
      actual: (cause as Error).message,
      cause,
    });
  }
}

/**
 * Makes signed filters unsigned where sums of signed products would overflow. Only there: with it, onnxruntime 1.30 takes the
 * slow kernels also on processors that need none. Threads that share the cores do not spin: spinning beside decoders and
 * other programs took a third of the time of two cores.
 */
export function sessionEntries(products: ByteProducts, sharesCores: boolean = false): { readonly session: object } {
  return {
    session: {
      ...(products === "exact" ? {} : { x64quantprecision: "1" }),
      ...(sharesCores ? { intra_op: { allow_spinning: "0" } } : {}),
    },
  };
}

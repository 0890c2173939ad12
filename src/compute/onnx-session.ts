// Running a compiled model on onnxruntime, without what compiles it: threads that are sent models load no tfjs.
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { EngineError } from "../core/errors.js";
import type { ByteProducts } from "./byte-products.js";
import { byteProducts } from "./byte-products.js";
import type { CompiledModel } from "./compile.js";
import type { BorrowedSession } from "./kept-sessions.js";
import * as ort from "./onnxruntime.js";
import type { Arrays, FloatOrInt, Inputs, Program, ProgramDefinition } from "./program.js";
import { checkInputs } from "./program.js";

/** Devices that onnxruntime-node can run a graph on. */
export type OnnxProvider = "cpu" | "webgpu" | "cuda";

/** How a session shares the machine. */
export interface SessionOptions extends Pick<ProgramDefinition, "sharesCores"> {
  /** Threads inside one operation. Default: one a physical core, onnxruntime's choice. */
  readonly threads?: number;
}

/** Values that go into a session. */
export type Feeds = Record<string, ort.Tensor>;
/** What comes out. */
export type Outputs = Record<string, NdArray<Float32Array>>;

export function tensorOf({ data, shape }: NdArray<FloatOrInt>): ort.Tensor {
  return data instanceof Float32Array
    ? new ort.Tensor("float32", data, shape)
    : new ort.Tensor("int32", data as Int32Array, shape);
}

export function feedsOf(arrays: Arrays): Feeds {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensorOf(array)]));
}

/** onnxruntime refuses what the graph does not use. */
export function pickUsedFeeds(session: ort.InferenceSession, feeds: Feeds): Feeds {
  return Object.fromEntries(session.inputNames.map(name => [name, feeds[name]]));
}

/** A program without state: each run is a call. */
export class OnnxProgram implements Program {
  constructor(
    private readonly borrowed: BorrowedSession<ort.InferenceSession>,
    /** Of the compiled model; its bytes, which can be large, are not kept. */
    private readonly outputs: CompiledModel["outputs"],
    private readonly inputs: NonNullable<ProgramDefinition["inputs"]>,
    private readonly resident: Feeds,
  ) {}

  async run(inputs: Inputs): Promise<Outputs> {
    checkAborted();
    checkInputs(this.inputs, inputs);
    const feeds: Feeds = { ...this.resident };
    for (const [name, { shape }] of Object.entries(this.inputs)) feeds[name] = tensorOf({ data: inputs[name], shape });
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
 * A program of a model that was compiled elsewhere, on the processor.
 * @throws {EngineError} when onnxruntime does not take it
 */
export async function openCompiledProgram(
  model: CompiledModel,
  { inputs = {}, resident = {}, ...options }: SessionOptions & Pick<ProgramDefinition, "inputs" | "resident">,
): Promise<Program> {
  const session = await createSession(model, "cpu", options);
  return new OnnxProgram({ session, giveBack: () => session.release() }, model.outputs, inputs, feedsOf(resident));
}

/** @throws {EngineError} when onnxruntime does not take the model */
export async function createSession(
  model: CompiledModel,
  provider: OnnxProvider,
  { threads, sharesCores }: SessionOptions,
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
      actual: `"${(cause as Error).message.split("\n")[0]}"`,
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

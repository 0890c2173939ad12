import { cpus } from "node:os";
import { availableCores } from "../core/cores.js";
import { EngineError, UnavailableError, UsageError } from "../core/errors.js";
import type { EagerBackend } from "./eager-engine.js";
import { mayHaveGpu } from "./gpu-devices.js";
import type { OnnxProvider } from "./onnx-engine.js";
import type { Engine } from "./program.js";
import type { Precision } from "./quantization.js";
import { onlyOnCpu } from "./quantization.js";

/** Compiled on onnxruntime: `cpu`, `webgpu`, `cuda`. Eager on tfjs: `tensorflow` (CUDA), `tfjs-webgpu`, `wasm`. */
export type EngineName = "cpu" | "webgpu" | "cuda" | "tensorflow" | "tfjs-webgpu" | "wasm";

export const ENGINE_NAMES: readonly EngineName[] = ["cpu", "webgpu", "cuda", "tensorflow", "tfjs-webgpu", "wasm"];

/** Settings of {@link chooseEngine}. */
export interface EngineOptions {
  /** Which engine. Default: the environment variable HASHBOOK_ENGINE, else the best one that is there. */
  readonly engine?: EngineName;
  /** What is to run on it: int8 needs the compiled CPU engine, which is then taken where none is asked for. Default fp32. */
  readonly precision?: Precision;
  /**
   * Threads inside one operation, for compiled engines; 1 or more. Default: one a physical core, or one a core that this
   * process may use (affinity, control group) where these are not all.
   */
  readonly threads?: number;
}

/** The engine chosen and why. */
export interface EngineChoice {
  readonly engine: Engine;
  /** For people: `asked for by HASHBOOK_ENGINE`, `no GPU engine: …`. */
  readonly reason: string;
}

/**
 * The one place where an engine is chosen: what was asked for, else CUDA through tfjs-node-gpu when its binding is
 * built and finds a GPU, else WebGPU on a real GPU, else the compiled CPU engine.
 * @throws {UsageError} for an unknown name
 * @throws {UnavailableError|EngineError} when the engine asked for cannot run here, or not in int8; there is no
 *   silent fallback then
 */
export async function chooseEngine(options: EngineOptions = {}): Promise<EngineChoice> {
  const fromEnvironment = process.env.HASHBOOK_ENGINE || undefined;
  const needed = options.precision === "int8" ? "cpu" : undefined;
  const asked = options.engine ?? fromEnvironment ?? needed;
  if (asked !== undefined) {
    if (!(ENGINE_NAMES as readonly string[]).includes(asked)) {
      throw new UsageError(`unknown engine "${asked}"`, { expected: `one of ${ENGINE_NAMES.join(", ")}` });
    }
    if (needed !== undefined && asked !== needed) throw onlyOnCpu(asked);
    const unasked = fromEnvironment === undefined ? "int8 runs there" : "asked for by HASHBOOK_ENGINE";
    const reason = options.engine === undefined ? unasked : "asked for";
    return engineChoice(await make(asked as EngineName, options), reason);
  }
  return firstThatRuns(
    [
      { reason: "TensorFlow found a CUDA GPU", open: cudaEngine },
      { reason: "WebGPU found a GPU", open: () => realWebGpu(options) },
    ],
    () => make("cpu", options),
  );
}

/** An engine that may be there, and what it means that it is. */
export interface EngineCandidate {
  readonly reason: string;
  open(): Promise<Engine>;
}

/**
 * The first candidate that opens and computes, else the last resort. A GPU that is there but fails, with whatever error
 * (an old driver, a library of another version), is no reason to do nothing; why it was not taken stays to be read.
 */
export async function firstThatRuns(
  candidates: readonly EngineCandidate[],
  otherwise: () => Promise<Engine>,
): Promise<EngineChoice> {
  const missing: string[] = [];
  for (const { reason, open } of candidates) {
    try {
      const engine = await open();
      await probe(engine);
      return engineChoice(engine, reason);
    } catch (cause) {
      missing.push((cause instanceof Error ? cause.message : String(cause)).split(/; |\n/)[0]);
    }
  }
  return engineChoice(await otherwise(), `no GPU engine: ${missing.join("; ")}`);
}

async function cudaEngine(): Promise<Engine> {
  return (await import("./eager-engine.js")).cudaTensorFlowEngine();
}

function engineChoice(engine: Engine, reason: string): EngineChoice {
  return { engine: { ...engine, reason }, reason };
}

/** The compiled engine on WebGPU, unless the only "GPU" is the processor. */
async function realWebGpu(options: EngineOptions): Promise<Engine> {
  const { webGpuAdapter } = await import("./webgpu-adapter.js");
  if (!mayHaveGpu()) throw new UnavailableError("WebGPU found no GPU");
  const { description, software } = await webGpuAdapter();
  if (software) throw new UnavailableError(`WebGPU has only a software driver, ${description}`);
  const engine = await make("webgpu", options);
  return { ...engine, description: `${engine.description} on ${description}` };
}

/** {@link chooseEngine} for callers that do not show the reason. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  return (await chooseEngine(options)).engine;
}

const EAGER: Partial<Record<EngineName, EagerBackend>> = {
  tensorflow: "tensorflow",
  "tfjs-webgpu": "webgpu",
  wasm: "wasm",
};

async function make(name: EngineName, options: EngineOptions): Promise<Engine> {
  const eager = EAGER[name];
  if (eager !== undefined) {
    const { eagerEngine } = await import("./eager-engine.js");
    return eagerEngine(eager);
  }
  const { onnxEngine } = await import("./onnx-engine.js");
  const { threads = fewerCores() } = options;
  const engine = onnxEngine(name as OnnxProvider, threads === undefined ? {} : { threads });
  if (name !== "cpu") await probe(engine);
  return engine;
}

/** Cores that this process may use, where these are not all: onnxruntime counts those of the machine. */
function fewerCores(): number | undefined {
  const allowed = availableCores();
  return allowed < cpus().length ? allowed : undefined;
}

/** Runs one addition: a provider that is missing says so only when a session is made. */
async function probe(engine: Engine): Promise<void> {
  try {
    const x = { shape: [1], dtype: "float32" } as const;
    const program = await engine.prepare({ inputs: { x }, body: tensors => ({ y: tensors.x.add(1) }) });
    await program.run({ x: Float32Array.of(1) });
    await program.dispose();
  } catch (cause) {
    const said = cause instanceof EngineError ? cause.actual : undefined;
    throw new EngineError(`the engine "${engine.name}" does not run on this machine`, {
      actual: said ?? `"${(cause as Error).message}"`,
      cause,
    });
  }
}

import { EngineError, UnavailableError, UsageError } from "../core/errors.js";
import type { EagerBackend } from "./eager-engine.js";
import type { OnnxProvider } from "./onnx-engine.js";
import type { Engine } from "./program.js";

/** Compiled on onnxruntime: `cpu`, `webgpu`, `cuda`. Eager on tfjs: `tensorflow` (CUDA), `tfjs-webgpu`, `wasm`. */
export type EngineName = "cpu" | "webgpu" | "cuda" | "tensorflow" | "tfjs-webgpu" | "wasm";

export const ENGINE_NAMES: readonly EngineName[] = ["cpu", "webgpu", "cuda", "tensorflow", "tfjs-webgpu", "wasm"];

/** Settings of {@link openEngine}. */
export interface EngineOptions {
  /** Which engine. Default: the environment variable HASHBOOK_ENGINE, else the best one that is there. */
  readonly engine?: EngineName;
  /** Threads inside one operation, for compiled engines. Default: one a physical core. */
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
 * built, else the compiled CPU engine.
 * @throws {UsageError} for an unknown name
 * @throws {UnavailableError|EngineError} when the engine asked for cannot run here; there is no silent fallback then
 */
export async function chooseEngine(options: EngineOptions = {}): Promise<EngineChoice> {
  const fromEnvironment = process.env.HASHBOOK_ENGINE || undefined;
  const asked = options.engine ?? fromEnvironment;
  if (asked !== undefined) {
    if (!(ENGINE_NAMES as readonly string[]).includes(asked)) {
      throw new UsageError(`unknown engine "${asked}"`, { expected: `one of ${ENGINE_NAMES.join(", ")}` });
    }
    const reason = options.engine === undefined ? "asked for by HASHBOOK_ENGINE" : "asked for";
    return { engine: await make(asked as EngineName, options), reason };
  }
  try {
    return { engine: await make("tensorflow", options), reason: "the CUDA binding of tfjs-node-gpu is built" };
  } catch (cause) {
    if (!(cause instanceof UnavailableError)) throw cause;
    return { engine: await make("cpu", options), reason: `no GPU engine: ${cause.message}` };
  }
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
  const engine = onnxEngine(name as OnnxProvider, options);
  if (name !== "cpu") await probe(engine);
  return engine;
}

/** Runs one addition: a provider that is missing says so only when a session is made. */
async function probe(engine: Engine): Promise<void> {
  try {
    const x = { shape: [1], dtype: "float32" } as const;
    const program = await engine.prepare({ inputs: { x }, body: tensors => ({ y: tensors.x.add(1) }) });
    await program.run({ x: Float32Array.of(1) });
    await program.dispose();
  } catch (cause) {
    throw new EngineError(`the engine "${engine.name}" does not run on this machine`, {
      actual: (cause as Error).message,
      cause,
    });
  }
}

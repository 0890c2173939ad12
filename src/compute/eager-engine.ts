import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import type { Tensor } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { UnavailableError } from "../core/errors.js";
import { mayHaveCuda } from "./gpu-devices.js";
import type { Arrays, Engine, FloatOrInt, Program, ProgramDefinition } from "./program.js";
import { checkInputs } from "./program.js";
import { onlyOnCpu } from "./quantization.js";
import { acceptNumericPadding } from "./tensorflow-padding.js";
import { webGpuAdapter } from "./webgpu-adapter.js";

/** tfjs backends that run operation by operation. `cpu` is plain JavaScript: slow, for tests. */
export type EagerBackend = "tensorflow" | "webgpu" | "wasm" | "cpu";

/** Engines are called by their backend, unless a compiled engine has that name. */
const ENGINE_NAME = { tensorflow: "tensorflow", webgpu: "tfjs-webgpu", wasm: "wasm", cpu: "tfjs-cpu" } as const;

const require = createRequire(import.meta.url);

/**
 * An engine that runs programs eagerly on a tfjs backend.
 * @throws {UnavailableError} when the backend's library is not there or does not start
 */
export async function eagerEngine(backend: EagerBackend): Promise<Engine> {
  tf.enableProdMode();
  const device = await load(backend);
  if (!(await tf.setBackend(backend))) {
    throw new UnavailableError(`the tfjs backend "${backend}" did not start`);
  }
  await tf.ready();
  return {
    name: ENGINE_NAME[backend],
    kind: "eager",
    description: `eager, tfjs ${tf.version.tfjs} ${backend}${device === "" ? "" : ` on ${device}`}`,
    prepare: async definition => {
      if (definition.quantization !== undefined) throw onlyOnCpu(ENGINE_NAME[backend]);
      return new EagerProgram(backend, definition);
    },
  };
}

/** Registers the backend with tfjs and says which device it uses, where that is not the processor. */
async function load(backend: EagerBackend): Promise<string> {
  switch (backend) {
    case "cpu":
      return "";
    case "wasm": {
      const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
      setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}${sep}`);
      return "";
    }
    case "webgpu": {
      const { description } = await webGpuAdapter();
      require("@tensorflow/tfjs-backend-webgpu"); // looks for navigator.gpu when it is loaded
      return description;
    }
    case "tensorflow":
      return loadTensorFlow();
  }
}

function loadTensorFlow(): string {
  try {
    const util = require("node:util"); // tfjs-node-gpu calls what Node 23 took away
    util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
    process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // errors only
    require("@tensorflow/tfjs-node-gpu");
  } catch (cause) {
    throw new UnavailableError(tensorFlowMissing(), { cause });
  }
  acceptNumericPadding();
  return usesGpu() ? "GPU" : "processor";
}

/** What to do when tfjs-node-gpu does not load. It comes with a checkout but not with the package: an optional peer. */
function tensorFlowMissing(): string {
  try {
    require.resolve("@tensorflow/tfjs-node-gpu/package.json");
  } catch {
    return (
      "@tensorflow/tfjs-node-gpu is not installed; `npm install --ignore-scripts --save-exact " +
      "@tensorflow/tfjs-node-gpu@4.22.0` gets it, then `npx hashbook-gpu-setup` builds its binding (environment.md)"
    );
  }
  return (
    "@tensorflow/tfjs-node-gpu has no native binding here; `npm run gpu:setup` builds it in a checkout, " +
    "`npx hashbook-gpu-setup` elsewhere (environment.md)"
  );
}

/** Whether TensorFlow, once it is loaded, found a CUDA device. */
function usesGpu(): boolean {
  const backend = tf.findBackend("tensorflow") as { isUsingGpuDevice?: boolean } | null;
  return backend?.isUsingGpuDevice === true;
}

/**
 * TensorFlow on a CUDA GPU.
 * @throws {UnavailableError} when there is no NVIDIA GPU, or the binding is not built or does not find it
 */
export async function cudaTensorFlowEngine(): Promise<Engine> {
  if (!mayHaveCuda()) throw new UnavailableError("TensorFlow needs an NVIDIA GPU, and there is none");
  const engine = await eagerEngine("tensorflow");
  if (!usesGpu()) throw new UnavailableError("the TensorFlow that tfjs-node-gpu is built against found no CUDA GPU");
  return engine;
}

class EagerProgram implements Program {
  private readonly fixed: Record<string, Tensor>;
  private state: Record<string, Tensor>;

  constructor(
    private readonly backend: EagerBackend,
    private readonly definition: ProgramDefinition,
  ) {
    this.activate();
    this.fixed = tensorsOf({ ...definition.constants, ...definition.resident });
    this.state = tensorsOf(definition.state ?? {});
  }

  /** Makes this program's backend the current one; another engine may have been used in between. */
  private activate(): void {
    if (tf.getBackend() !== this.backend) void tf.setBackend(this.backend);
  }

  async run(inputs: Readonly<Record<string, FloatOrInt>>): Promise<Record<string, NdArray<Float32Array>>> {
    checkAborted();
    const specs = this.definition.inputs ?? {};
    checkInputs(specs, inputs);
    this.activate();
    const results = tf.tidy(() => {
      const fed: Record<string, Tensor> = {};
      for (const [name, { shape, dtype }] of Object.entries(specs)) {
        fed[name] = tf.tensor(inputs[name] as Float32Array, [...shape], dtype);
      }
      return { ...this.definition.body({ ...this.fixed, ...this.state, ...fed }) };
    });
    const outputs: Record<string, NdArray<Float32Array>> = {};
    const pending: [string, Tensor][] = [];
    for (const [name, tensor] of Object.entries(results)) {
      if (name in this.state) {
        if (this.state[name] !== tensor) this.state[name].dispose();
        this.state[name] = tensor;
      } else pending.push([name, tensor]);
    }
    for (const [name, tensor] of pending) {
      outputs[name] = { data: (await tensor.data()) as Float32Array, shape: tensor.shape };
      tensor.dispose();
    }
    return outputs;
  }

  async readState(): Promise<Record<string, NdArray<Float32Array>>> {
    const values = Object.entries(this.state).map(
      async ([name, tensor]) =>
        [name, { data: Float32Array.from((await tensor.data()) as Float32Array), shape: tensor.shape }] as const,
    );
    return Object.fromEntries(await Promise.all(values));
  }

  async dispose(): Promise<void> {
    tf.dispose([this.fixed, this.state]);
    this.state = {};
  }
}

function tensorsOf(arrays: Arrays): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data as Float32Array, [...shape], data instanceof Float32Array ? "float32" : "int32"),
    ]),
  );
}

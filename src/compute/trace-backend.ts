import type { BackendValues, DataType, TensorInfo } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { TypedArray } from "../core/arrays.js";
import { EngineError } from "../core/errors.js";
import type { DType, TracedValue } from "./graph.js";
import { checkedDType, Graph, toTypedArray } from "./graph.js";
import { KERNELS } from "./kernels/table.js";

type DataId = TensorInfo["dataId"];
interface Entry extends TracedValue {
  references: number;
}

const BACKEND = "hashbook-trace";

/**
 * A tfjs backend that computes nothing: each kernel call becomes a node of an ONNX graph.
 * tfjs believes that it runs; autodiff and optimisers need no change.
 */
class TraceBackend extends tf.KernelBackend {
  private readonly data = new tf.DataStorage<Entry>(this, tf.engine());
  private count = 0;
  graph: Graph = this.newGraph();

  newGraph(): Graph {
    this.graph = new Graph(
      tensor => this.data.get(tensor.dataId),
      (shape, dtype, values) => ({ dataId: this.add(shape, dtype, values), shape, dtype }),
    );
    return this.graph;
  }

  private add(shape: readonly number[], dtype: DType, values: TypedArray | undefined, dataId: DataId = {}): DataId {
    this.data.set(dataId, { name: `_${this.count++}`, shape, dtype, values, references: 1 });
    return dataId;
  }

  /** A symbol without values: an input of the graph. */
  input(shape: readonly number[], dtype: DType): tf.Tensor {
    const info = { dataId: this.add(shape, dtype, undefined), shape: [...shape], dtype };
    return tf.engine().makeTensorFromTensorInfo(info, this);
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const id: DataId = {};
    this.move(id, values, shape, dtype);
    return id;
  }

  /** Takes constants made while tracing, and eager tensors that the traced function closed over. */
  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType): void {
    const type = checkedDType(dtype);
    const source = toTypedArray(values as ArrayLike<number>, type);
    this.add(shape, type, source, dataId);
  }

  override readSync(dataId: DataId): BackendValues {
    const { values, shape, dtype } = this.data.get(dataId);
    if (values !== undefined) return values as BackendValues;
    throw new EngineError(
      `a value of a ${dtype} tensor of shape (${shape.join(", ")}) was read while tracing: a compiled function may not ` +
        "look at values (dataSync, arraySync, print, if on a value); return the tensor or compute with tf.where instead",
    );
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.data.get(dataId);
    entry.references--;
    if (!force && entry.references > 0) return false;
    this.data.delete(dataId);
    return true;
  }

  override incRef(dataId: DataId): void {
    this.data.get(dataId).references++;
  }
  override refCount(dataId: DataId): number {
    return this.data.has(dataId) ? this.data.get(dataId).references : 0;
  }
  override numDataIds(): number {
    return this.data.numDataIds();
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
}

/** The one trace backend of this process; tfjs keeps its backends in a global registry too. */
function traceBackend(): TraceBackend {
  const known = tf.findBackend(BACKEND);
  if (known !== null) return known as TraceBackend;
  tf.registerBackend(BACKEND, () => new TraceBackend(), 0);
  for (const [kernelName, kernel] of Object.entries(KERNELS)) {
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, backend, attrs }) =>
        kernel((backend as TraceBackend).graph, inputs as Record<string, TensorInfo>, (attrs ?? {}) as never),
    });
  }
  return tf.findBackend(BACKEND) as TraceBackend;
}

/** What {@link trace} gives to the function it runs. */
export interface Tracing {
  readonly graph: Graph;
  /** Makes an input of the graph. */
  input(shape: readonly number[], dtype: DType): tf.Tensor;
  /** Makes a constant that is stored in the graph. */
  constant(values: TypedArray, shape: readonly number[], dtype: DType): tf.Tensor;
}

/**
 * Runs a function on the trace backend and puts everything back as it was.
 * @throws {EngineError} for a kernel without a row in the table, a value read, a tensor that escapes, an async function
 */
export function trace<T>(build: (tracing: Tracing) => T): T {
  const previous = tf.getBackend() || "cpu";
  const backend = traceBackend();
  void tf.setBackend(BACKEND); // synchronous for a backend made by a synchronous factory
  const graph = backend.newGraph();
  const tensorsBefore = tf.memory().numTensors;
  let result: T | undefined;
  try {
    tf.tidy(() => {
      result = build({
        graph,
        input: (shape, dtype) => backend.input(shape, dtype),
        constant: (values, shape, dtype) => tf.tensor(values as Float32Array, [...shape], dtype),
      });
    });
  } catch (cause) {
    throw explainFailure(cause);
  } finally {
    void tf.setBackend(previous);
  }
  const escaped = tf.memory().numTensors - tensorsBefore;
  if (escaped > 0) {
    throw new EngineError(`${escaped} tensors outlive the traced function: tf.variable and tf.keep cannot be compiled`);
  }
  return result as T;
}

function explainFailure(cause: unknown): unknown {
  const kernel = /[Kk]ernel '(\w+)'.*'hashbook-trace'|for kernel (\w+)/.exec((cause as Error).message ?? "");
  if (kernel === null) return cause;
  return new EngineError(
    `the tfjs kernel "${kernel[1] ?? kernel[2]}" cannot be compiled: the compiler does not know it; ` +
      "write the function with other operations, or run it eagerly, slower, with HASHBOOK_ENGINE=wasm " +
      "(to teach it the compiler: a row in src/compute/kernels)",
    { cause },
  );
}

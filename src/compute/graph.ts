import type { TensorInfo } from "@tensorflow/tfjs";
import type { TypedArray } from "../core/arrays.js";
import { EngineError } from "../core/errors.js";

/** Element types that tfjs and ONNX share. */
export type DType = "float32" | "int32" | "bool";

/** Shape and type of an input of a compiled function; shapes are fixed at compile time. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
}

/** An attribute of an ONNX node: an integer, a list of integers, or a float told apart by its wrapper. */
export type Attribute = number | readonly number[] | { readonly float: number };

/** One ONNX operation. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Element types of constants: those of tensors, and those that only ONNX has. */
export type ConstantType = DType | "int64" | "int8" | "uint8";

/** A constant of the graph (ONNX calls it an initializer). */
export interface GraphConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: ConstantType;
  readonly values: TypedArray;
}

/** A value that enters or leaves the graph. */
export interface GraphPort {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** What a tensor is while tracing: a name in the graph and, for a constant, its values. */
export interface TracedValue {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: TypedArray | undefined;
}

/** Collects the nodes of one trace. Kernels call {@link emit}; the tensors they get and give are symbols. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly constants: Map<string, GraphConstant> = new Map();
  private readonly producers = new Map<string, GraphNode>();
  private readonly shapes = new Map<string, readonly number[]>();

  /**
   * @param symbolOf looks up the symbol behind a tfjs tensor
   * @param makeTensor makes the tfjs tensor info behind which a symbol stands
   */
  constructor(
    private readonly symbolOf: (tensor: TensorInfo) => TracedValue,
    private readonly makeTensor: (shape: number[], dtype: DType, values?: TypedArray) => TensorInfo,
  ) {}

  /** Adds a node with one output and returns that output. */
  emit(
    op: string,
    inputs: readonly (TensorInfo | string)[],
    shape: readonly number[],
    dtype: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): TensorInfo {
    return this.emitMany(op, inputs, [shape], dtype, attributes)[0];
  }

  /** Adds a node with several outputs of one type. */
  emitMany(
    op: string,
    inputs: readonly (TensorInfo | string)[],
    shapes: readonly (readonly number[])[],
    dtype: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): TensorInfo[] {
    const outputs = shapes.map(shape => this.makeTensor([...shape], checkedDType(dtype)));
    const node: GraphNode = {
      op,
      inputs: inputs.map(input => (typeof input === "string" ? input : this.nameOf(input))),
      outputs: outputs.map(output => this.symbolOf(output).name),
      attributes,
    };
    this.nodes.push(node);
    for (const [i, output] of node.outputs.entries()) {
      this.producers.set(output, node);
      this.shapes.set(output, shapes[i]);
    }
    return outputs;
  }

  /** The shape of a name that a node has taken or given. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.shapes.get(name);
  }

  /** The node a tensor comes from; undefined for inputs and constants. */
  producerOf(tensor: TensorInfo): GraphNode | undefined {
    return this.producers.get(this.symbolOf(tensor).name);
  }

  /** The name of a tensor in the graph. A constant enters the graph when it is first asked for. */
  nameOf(tensor: TensorInfo): string {
    const { name, shape, dtype, values } = this.symbolOf(tensor);
    this.shapes.set(name, shape);
    if (values === undefined || this.constants.has(name)) return name;
    if (values.length > SMALL && isUniform(values)) {
      return this.nameOf(this.fill(Number(values[0]), shape, dtype)); // autodiff makes many arrays of ones
    }
    this.constants.set(name, { name, shape, dtype, values });
    return name;
  }

  /** A constant list of 64-bit integers, which is how ONNX takes shapes and axes. Equal lists share one constant. */
  int64s(values: readonly number[]): string {
    const name = `i64_${values.join("_")}`;
    if (!this.constants.has(name)) {
      const data = BigInt64Array.from(values, value => BigInt(value));
      this.constants.set(name, { name, shape: [values.length], dtype: "int64", values: data });
    }
    return name;
  }

  /** A scalar constant. */
  scalar(value: number, dtype: string = "float32"): TensorInfo {
    return this.makeTensor([], checkedDType(dtype), toTypedArray([value], checkedDType(dtype)));
  }

  /** A constant list. */
  list(values: ArrayLike<number>, dtype: string): TensorInfo {
    return this.makeTensor([values.length], checkedDType(dtype), toTypedArray(values, checkedDType(dtype)));
  }

  /** The constant 0, 1, … count−1. */
  range(count: number): TensorInfo {
    return this.list(
      Int32Array.from({ length: count }, (_, i) => i),
      "int32",
    );
  }

  /** One value everywhere: a scalar expanded in the graph, so that no large constant is stored. */
  fill(value: number, shape: readonly number[], dtype: string): TensorInfo {
    const scalar = this.scalar(value, dtype);
    return shape.length === 0 ? scalar : this.emit("Expand", [scalar, this.int64s(shape)], shape, dtype);
  }

  cast(x: TensorInfo, dtype: string): TensorInfo {
    if (x.dtype === dtype) return this.emit("Identity", [x], x.shape, dtype);
    return this.emit("Cast", [x], x.shape, dtype, { to: ELEMENT_TYPE[checkedDType(dtype)] });
  }

  transpose(x: TensorInfo, perm: readonly number[]): TensorInfo {
    const shape = perm.map(axis => x.shape[axis]);
    return this.emit("Transpose", [x], shape, x.dtype, { perm });
  }

  reshape(x: TensorInfo, shape: readonly number[]): TensorInfo {
    return this.emit("Reshape", [x, this.int64s(shape)], shape, x.dtype);
  }

  /** Nodes that an output depends on, in order; autodiff leaves others behind. */
  liveNodes(outputs: readonly string[]): GraphNode[] {
    return liveNodes(this.nodes, outputs);
  }
}

/** Of nodes in order of execution those that an output depends on. */
export function liveNodes(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const needed = new Set(outputs);
  const live: GraphNode[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (!node.outputs.some(output => needed.has(output))) continue;
    for (const input of node.inputs) needed.add(input);
    live.push(node);
  }
  return live.reverse();
}

/** Constants of at most so many values are stored as they are. */
const SMALL = 16;

function isUniform(values: TypedArray): boolean {
  const first = values[0];
  for (let i = 1; i < values.length; i++) if (values[i] !== first) return false;
  return true;
}

/** The numbers ONNX gives its element types (onnx.proto, TensorProto.DataType). */
export const ELEMENT_TYPE: Readonly<Record<ConstantType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** @throws {EngineError} for the tfjs types that have no place in a compiled graph (string, complex64) */
export function checkedDType(dtype: string): DType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new EngineError("element type cannot be compiled", { expected: "float32, int32 or bool", actual: dtype });
}

/** Values as the typed array of their element type; bool is one byte each. */
export function toTypedArray(values: ArrayLike<number | boolean>, dtype: DType): TypedArray {
  switch (dtype) {
    case "float32":
      return values instanceof Float32Array ? values : Float32Array.from(values as number[]);
    case "int32":
      return values instanceof Int32Array ? values : Int32Array.from(values as number[]);
    case "bool":
      return values instanceof Uint8Array ? values : Uint8Array.from(values as number[]);
  }
}

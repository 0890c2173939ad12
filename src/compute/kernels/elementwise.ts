import type { TensorInfo } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Graph } from "../graph.js";
import type { KernelTable } from "./kernel.js";
import { kernelTable } from "./kernel.js";

function broadcast(a: TensorInfo, b: TensorInfo): number[] {
  return tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
}

/** 0/1 of a condition as a number of x's type. */
function indicator(graph: Graph, op: string, x: TensorInfo, threshold: number): TensorInfo {
  const condition = graph.emit(op, [x, graph.scalar(threshold, x.dtype)], x.shape, "bool");
  return graph.cast(condition, x.dtype);
}

function clip(graph: Graph, x: TensorInfo, low: number, high: number): TensorInfo {
  return graph.emit("Clip", [x, graph.scalar(low, x.dtype), graph.scalar(high, x.dtype)], x.shape, x.dtype);
}

/** Activations that tfjs fuses into dense and convolution kernels. */
export function applyActivation(graph: Graph, x: TensorInfo, activation: string | undefined): TensorInfo {
  if (activation === undefined || activation === "linear") return x;
  if (activation === "relu6") return clip(graph, x, 0, 6);
  if (activation === "relu") return graph.emit("Relu", [x], x.shape, x.dtype);
  if (activation === "sigmoid") return graph.emit("Sigmoid", [x], x.shape, x.dtype);
  throw new Error(`Kernel 'Fused_${activation}' not registered for backend 'hashbook-trace'`);
}

const BINARY = {
  Add: "Add",
  Sub: "Sub",
  Multiply: "Mul",
  RealDiv: "Div",
  Maximum: "Max",
  Minimum: "Min",
  Pow: "Pow",
};
const COMPARISON = {
  Greater: "Greater",
  GreaterEqual: "GreaterOrEqual",
  Less: "Less",
  LessEqual: "LessOrEqual",
  Equal: "Equal",
};
const LOGICAL = { LogicalAnd: "And", LogicalOr: "Or" };
const UNARY = {
  Abs: "Abs",
  Neg: "Neg",
  Exp: "Exp",
  Log: "Log",
  Sqrt: "Sqrt",
  Reciprocal: "Reciprocal",
  Tanh: "Tanh",
  Sigmoid: "Sigmoid",
  Softplus: "Softplus",
  Relu: "Relu",
  Erf: "Erf",
  Sign: "Sign",
  Floor: "Floor",
  Ceil: "Ceil",
  Round: "Round",
  Sin: "Sin",
  Cos: "Cos",
  Identity: "Identity",
};

/** Kernels that work element by element, with NumPy broadcasting where there are two inputs. */
export const ELEMENTWISE: KernelTable = {
  ...kernelTable(
    BINARY,
    op =>
      (graph, { a, b }) =>
        graph.emit(op, [a, b], broadcast(a, b), a.dtype),
  ),
  ...kernelTable(
    COMPARISON,
    op =>
      (graph, { a, b }) =>
        graph.emit(op, [a, b], broadcast(a, b), "bool"),
  ),
  ...kernelTable(
    LOGICAL,
    op =>
      (graph, { a, b }) =>
        graph.emit(op, [a, b], broadcast(a, b), "bool"),
  ),
  ...kernelTable(
    UNARY,
    op =>
      (graph, { x }) =>
        graph.emit(op, [x], x.shape, x.dtype),
  ),
  NotEqual: (graph, { a, b }) => {
    const shape = broadcast(a, b);
    return graph.emit("Not", [graph.emit("Equal", [a, b], shape, "bool")], shape, "bool");
  },
  LogicalNot: (graph, { x }) => graph.emit("Not", [x], x.shape, "bool"),
  SquaredDifference: (graph, { a, b }) => {
    const difference = graph.emit("Sub", [a, b], broadcast(a, b), a.dtype);
    return graph.emit("Mul", [difference, difference], difference.shape, a.dtype);
  },
  AddN: (graph, inputs) => {
    const terms = Object.values(inputs);
    return graph.emit("Sum", terms, terms[0].shape, terms[0].dtype);
  },
  Square: (graph, { x }) => graph.emit("Mul", [x, x], x.shape, x.dtype),
  Rsqrt: (graph, { x }) => graph.emit("Reciprocal", [graph.emit("Sqrt", [x], x.shape, x.dtype)], x.shape, x.dtype),
  Log1p: (graph, { x }) =>
    graph.emit("Log", [graph.emit("Add", [x, graph.scalar(1)], x.shape, x.dtype)], x.shape, x.dtype),
  Expm1: (graph, { x }) =>
    graph.emit("Sub", [graph.emit("Exp", [x], x.shape, x.dtype), graph.scalar(1)], x.shape, x.dtype),
  Step: (graph, { x }, { alpha }) => {
    const positive = indicator(graph, "Greater", x, 0);
    if (!alpha) return positive; // tf.step(x, alpha) is alpha for x ≤ 0
    const rest = graph.emit("Sub", [graph.scalar(1, x.dtype), positive], x.shape, x.dtype);
    const below = graph.emit("Mul", [rest, graph.scalar(alpha, x.dtype)], x.shape, x.dtype);
    return graph.emit("Add", [positive, below], x.shape, x.dtype);
  },
  Relu6: (graph, { x }) => clip(graph, x, 0, 6),
  ClipByValue: (graph, { x }, { clipValueMin, clipValueMax }) => clip(graph, x, clipValueMin, clipValueMax),
  LeakyRelu: (graph, { x }, { alpha }) => graph.emit("LeakyRelu", [x], x.shape, x.dtype, { alpha: { float: alpha } }),
  IsNan: (graph, { x }) => graph.emit("IsNaN", [x], x.shape, "bool"),
  Cast: (graph, { x }, { dtype }) => graph.cast(x, dtype),
  Select: (graph, { condition, t, e }) => graph.emit("Where", [condition, t, e], t.shape, t.dtype),
};

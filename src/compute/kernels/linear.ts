import type { TensorInfo } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Graph } from "../graph.js";
import { activated } from "./elementwise.js";
import type { Kernel, KernelTable } from "./kernel.js";
import { mapped } from "./kernel.js";

function swapLastTwo(graph: Graph, x: TensorInfo): TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  const last = perm.length - 1;
  [perm[last - 1], perm[last]] = [last, last - 1];
  return graph.transpose(x, perm);
}

function matMul(graph: Graph, a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): TensorInfo {
  const left = transposeA ? swapLastTwo(graph, a) : a;
  const right = transposeB ? swapLastTwo(graph, b) : b;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const shape = [...batch, left.shape.at(-2)!, right.shape.at(-1)!];
  return graph.emit("MatMul", [left, right], shape, a.dtype);
}

function reducedShape(x: TensorInfo, axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side));
  return x.shape.filter((_, axis) => !axes.includes(axis));
}

/** Reductions; opset 17 takes the axes of a sum as an input, of all others as an attribute. */
function reduction(op: string): Kernel {
  return (graph, { x }, { axis, reductionIndices, keepDims }) => {
    const axes = tf.util.parseAxisParam(axis ?? reductionIndices, x.shape); // Max alone calls them reductionIndices
    if (axes.length === 0) return graph.emit("Identity", [x], x.shape, x.dtype);
    // tfjs sums truth values as integers
    const source = x.dtype === "bool" ? graph.cast(x, "int32") : x;
    const dtype = source.dtype;
    const shape = reducedShape(x, axes, keepDims);
    const keepdims = keepDims ? 1 : 0;
    if (op === "ReduceSum") return graph.emit(op, [source, graph.int64s(axes)], shape, dtype, { keepdims });
    return graph.emit(op, [source], shape, dtype, { axes, keepdims });
  };
}

function argReduction(op: string): Kernel {
  return (graph, { x }, { axis }) => {
    const at = tf.util.parseAxisParam(axis, x.shape)[0];
    const shape = reducedShape(x, [at], false);
    // ONNX answers in 64-bit integers, for which tfjs has no type: the cast follows at once
    const wide = graph.emit(op, [x], shape, "int32", { axis: at, keepdims: 0 });
    return graph.emit("Cast", [wide], shape, "int32", { to: 6 });
  };
}

/** Matrix products, reductions and what is built from them. */
export const LINEAR: KernelTable = {
  BatchMatMul: (graph, { a, b }, { transposeA, transposeB }) => matMul(graph, a, b, transposeA, transposeB),
  _FusedMatMul: (graph, { a, b, bias }, { transposeA, transposeB, activation }) => {
    const product = matMul(graph, a, b, transposeA, transposeB);
    const sum = bias ? graph.emit("Add", [product, bias], product.shape, product.dtype) : product;
    return activated(graph, sum, activation);
  },
  ...mapped(
    { Sum: "ReduceSum", Mean: "ReduceMean", Max: "ReduceMax", Min: "ReduceMin", Prod: "ReduceProd" },
    reduction,
  ),
  ...mapped({ ArgMax: "ArgMax", ArgMin: "ArgMin" }, argReduction),
  Softmax: (graph, { logits }, { dim }) => graph.emit("Softmax", [logits], logits.shape, logits.dtype, { axis: dim }),
  LogSoftmax: (graph, { logits }, { axis }) => graph.emit("LogSoftmax", [logits], logits.shape, logits.dtype, { axis }),
};

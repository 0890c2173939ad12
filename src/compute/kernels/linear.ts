import type { TensorInfo } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { Graph } from "../graph.js";
import { applyActivation } from "./elementwise.js";
import type { Kernel, KernelTable } from "./kernel.js";
import { kernelTable } from "./kernel.js";

function swapLastTwo(graph: Graph, x: TensorInfo): TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  const last = perm.length - 1;
  [perm[last - 1], perm[last]] = [last, last - 1];
  return graph.transpose(x, perm);
}

function matMul(graph: Graph, a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): TensorInfo {
  if (a.shape.length === 2 && b.shape.length === 2) return matrixProduct(graph, a, b, transposeA, transposeB);
  const left = transposeA ? swapLastTwo(graph, a) : a;
  const right = transposeB ? swapLastTwo(graph, b) : b;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const shape = [...batch, left.shape.at(-2)!, right.shape.at(-1)!];
  return graph.emit("MatMul", [left, right], shape, a.dtype);
}

/**
 * A product of two matrices. Gemm takes transposed matrices as they lie in memory, so a Transpose that comes before is
 * left out: onnxruntime does not do that by itself for all of them.
 */
function matrixProduct(graph: Graph, a: TensorInfo, b: TensorInfo, transA: boolean, transB: boolean): TensorInfo {
  const shape = [a.shape[transA ? 1 : 0], b.shape[transB ? 0 : 1]];
  const left = matrixBeforeTranspose(graph, a);
  const right = matrixBeforeTranspose(graph, b);
  const turned = { transA: Number(transA !== left.turned), transB: Number(transB !== right.turned) };
  if (a.dtype !== "float32" || turned.transA + turned.transB === 0) {
    const [x, y] = [transA ? swapLastTwo(graph, a) : a, transB ? swapLastTwo(graph, b) : b];
    return graph.emit("MatMul", [x, y], shape, a.dtype);
  }
  return graph.emit("Gemm", [left.matrix, right.matrix], shape, a.dtype, turned);
}

/** What a matrix was before a Transpose made it, if one did. */
function matrixBeforeTranspose(graph: Graph, x: TensorInfo): { matrix: TensorInfo | string; turned: boolean } {
  const node = graph.producerOf(x);
  const perm = node?.attributes.perm;
  if (node?.op !== "Transpose" || !Array.isArray(perm) || perm.join() !== "1,0") return { matrix: x, turned: false };
  return { matrix: node.inputs[0], turned: true };
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
    return applyActivation(graph, sum, activation);
  },
  ...kernelTable(
    { Sum: "ReduceSum", Mean: "ReduceMean", Max: "ReduceMax", Min: "ReduceMin", Prod: "ReduceProd" },
    reduction,
  ),
  ...kernelTable({ ArgMax: "ArgMax", ArgMin: "ArgMin" }, argReduction),
  Softmax: (graph, { logits }, { dim }) => graph.emit("Softmax", [logits], logits.shape, logits.dtype, { axis: dim }),
  LogSoftmax: (graph, { logits }, { axis }) => graph.emit("LogSoftmax", [logits], logits.shape, logits.dtype, { axis }),
};

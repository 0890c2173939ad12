import type { TensorInfo } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../core/arrays.js";
import type { Graph } from "../graph.js";
import type { KernelTable } from "./kernel.js";

function slice(graph: Graph, x: TensorInfo, begin: readonly number[], size: readonly number[]): TensorInfo {
  const axes = x.shape.map((_, axis) => axis);
  const ends = begin.map((start, axis) => start + size[axis]);
  return graph.emit("Slice", [x, graph.int64s(begin), graph.int64s(ends), graph.int64s(axes)], size, x.dtype);
}

function concat(graph: Graph, parts: readonly TensorInfo[], axis: number): TensorInfo {
  const shape = [...parts[0].shape];
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis], 0);
  return graph.emit("Concat", parts, shape, parts[0].dtype, { axis });
}

/** Replaces the one −1 of a shape by what is left. */
function withInferredSize(shape: readonly number[], size: number): number[] {
  const known = shape.filter(side => side >= 0).reduce((product, side) => product * side, 1);
  return shape.map(side => (side < 0 ? size / known : side));
}

/** Kernels that move, join, repeat or make values. */
export const SHAPING: KernelTable = {
  Reshape: (graph, { x }, { shape }) => graph.reshape(x, withInferredSize(shape, sizeOf(x.shape))),
  ExpandDims: (graph, { input }, { dim }) => {
    const shape = [...input.shape];
    shape.splice(dim < 0 ? shape.length + 1 + dim : dim, 0, 1);
    return graph.reshape(input, shape);
  },
  Transpose: (graph, { x }, { perm }) => graph.transpose(x, perm),
  Slice: (graph, { x }, { begin, size }) => {
    const [start, length] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size);
    return slice(graph, x, start, length);
  },
  Concat: (graph, inputs, { axis }) => {
    const parts = Object.values(inputs);
    return concat(graph, parts, tf.util.parseAxisParam(axis, parts[0].shape)[0]);
  },
  Pack: (graph, inputs, { axis }) => {
    const parts = Object.values(inputs).map(part => {
      const shape = [...part.shape];
      shape.splice(axis, 0, 1);
      return graph.reshape(part, shape);
    });
    return concat(graph, parts, axis);
  },
  Unpack: (graph, { value }, { axis }) => {
    const at = axis < 0 ? value.shape.length + axis : axis;
    const rest = value.shape.filter((_, i) => i !== at);
    return Array.from({ length: value.shape[at] }, (_, i) => {
      const begin = value.shape.map((_side, j) => (j === at ? i : 0));
      const size = value.shape.map((side, j) => (j === at ? 1 : side));
      return graph.reshape(slice(graph, value, begin, size), rest);
    });
  },
  SplitV: (graph, { x }, { numOrSizeSplits, axis }) => {
    const at = tf.util.parseAxisParam(axis, x.shape)[0];
    const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, at);
    const shapes = sizes.map(side => x.shape.map((whole, i) => (i === at ? side : whole)));
    return graph.emitMany("Split", [x, graph.int64s(sizes)], shapes, x.dtype, { axis: at });
  },
  Tile: (graph, { x }, { reps }) => {
    const shape = x.shape.map((side, axis) => side * reps[axis]);
    return graph.emit("Tile", [x, graph.int64s(reps)], shape, x.dtype);
  },
  PadV2: (graph, { x }, { paddings, constantValue }) => {
    const pads: [number, number][] = paddings;
    const shape = x.shape.map((side, axis) => side + pads[axis][0] + pads[axis][1]);
    const both = graph.int64s([...pads.map(pad => pad[0]), ...pads.map(pad => pad[1])]);
    return graph.emit("Pad", [x, both, graph.scalar(constantValue, x.dtype)], shape, x.dtype);
  },
  GatherV2: (graph, { x, indices }, { axis, batchDims }) => {
    if (batchDims) throw new Error("Kernel 'GatherV2_batchDims' not registered for backend 'hashbook-trace'");
    const at = tf.util.parseAxisParam(axis, x.shape)[0];
    const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
    return graph.emit("Gather", [x, indices], shape, x.dtype, { axis: at });
  },
  OneHot: (graph, { indices }, { depth, onValue, offValue, dtype }) => {
    const shape = [...indices.shape, depth];
    const column = graph.reshape(indices, [...indices.shape, 1]);
    const hit = graph.emit("Equal", [column, graph.range(depth)], shape, "bool");
    return graph.emit("Where", [hit, graph.scalar(onValue, dtype), graph.scalar(offValue, dtype)], shape, dtype);
  },
  Reverse: (graph, { x }, { dims }) => {
    const axes = tf.util.parseAxisParam(dims, x.shape);
    const each = (value: number): string => graph.int64s(axes.map(() => value));
    // ONNX reverses by a slice from the last element to before the first
    return graph.emit("Slice", [x, each(-1), each(-0x7fffffff), graph.int64s(axes), each(-1)], x.shape, x.dtype);
  },
  Range: (graph, _inputs, { start, stop, step, dtype }) => graph.list(rangeOf(start, stop, step), dtype ?? "float32"),
  Fill: (graph, _inputs, { shape, value, dtype }) => graph.fill(value, shape, dtype ?? "float32"),
  ZerosLike: (graph, { x }) => graph.fill(0, x.shape, x.dtype),
  OnesLike: (graph, { x }) => graph.fill(1, x.shape, x.dtype),
};

/** start, start + step, … before stop, as tf.range counts. */
function rangeOf(start: number, stop: number, step: number): number[] {
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return Array.from({ length: count }, (_, i) => start + i * step);
}

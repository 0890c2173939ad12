import type { GraphConstant, GraphNode } from "../../src/compute/graph.js";

/** An array of a few numbers, row by row. */
export interface SmallArray {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Operation = (inputs: readonly SmallArray[], attributes: GraphNode["attributes"]) => SmallArray;

/** Places of an array of a shape, in order: [0, 0], [0, 1] … */
function places(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (some, side) => some.flatMap(place => Array.from({ length: side }, (_, at) => [...place, at])),
    [[]],
  );
}

function at({ shape, values }: SmallArray, place: readonly number[]): number {
  return values[place.reduce((index, one, axis) => index * shape[axis] + one, 0)];
}

const each =
  (of: (value: number) => number): Operation =>
  ([{ shape, values }]) => ({ shape, values: values.map(of) });

/** By the definitions of ONNX, as slowly as can be. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  Identity: each(value => value),
  Relu: each(value => Math.max(0, value)),
  /** Stands for what does not go element by element: the value depends on its place. */
  Weigh: ([{ shape, values }]) => ({ shape, values: values.map((value, i) => value * (i + 1)) }),
  Add([a, b]) {
    const [large, small] = a.shape.length >= b.shape.length ? [a, b] : [b, a];
    const { shape } = large;
    const other = (i: number): number => (small.shape.length === 0 ? small.values[0] : small.values[i]);
    return { shape, values: large.values.map((value, i) => value + other(i)) };
  },
  Transpose([array], { perm }) {
    const order = perm as readonly number[];
    const shape = order.map(axis => array.shape[axis]);
    const values = places(shape).map(place =>
      at(
        array,
        array.shape.map((_, axis) => place[order.indexOf(axis)]),
      ),
    );
    return { shape, values };
  },
  Concat(parts, { axis: along }) {
    const axis = along as number;
    const owners = parts.flatMap(part => Array.from({ length: part.shape[axis] }, (_, i) => ({ part, i })));
    const shape = parts[0].shape.map((side, one) => (one === axis ? owners.length : side));
    const values = places(shape).map(place => {
      const { part, i } = owners[place[axis]];
      return at(
        part,
        place.map((one, of) => (of === axis ? i : one)),
      );
    });
    return { shape, values };
  },
  Reshape: ([{ values }, to]) => ({ shape: to.values, values }),
  Expand: ([{ values }, to]) => ({ shape: to.values, values: places(to.values).map(() => values[0]) }),
};

/** All arrays of a graph, by name. @throws {Error} for a node that reads what no node before it has made */
export function runSmallGraph(
  nodes: readonly GraphNode[],
  given: Readonly<Record<string, SmallArray>>,
): Map<string, SmallArray> {
  const made = new Map(Object.entries(given));
  for (const { op, inputs, outputs, attributes } of nodes) {
    const read = inputs.map(name => {
      const found = made.get(name);
      if (found === undefined) throw new Error(`${name} is read by ${op} before it is made`);
      return found;
    });
    if (made.has(outputs[0])) throw new Error(`${outputs[0]} is made twice`);
    made.set(outputs[0], OPERATIONS[op](read, attributes));
  }
  return made;
}

export function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: GraphNode["attributes"] = {},
): GraphNode {
  return { op, inputs, outputs: [output], attributes };
}

export function floats(name: string, shape: readonly number[], values: Float32Array): GraphConstant {
  return { name, shape, dtype: "float32", values };
}

/** A shape as a constant of the graph, as Reshape and Expand take it. */
export function shapeConstant(name: string, shape: readonly number[]): GraphConstant {
  return { name, shape: [shape.length], dtype: "int64", values: BigInt64Array.from(shape, BigInt) };
}

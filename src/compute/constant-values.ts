import { sizeOf } from "../core/arrays.js";
import type { GraphConstant, GraphNode } from "./graph.js";

/** Values that are known before a graph runs. */
export interface KnownValues {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * Looks up float32 values that a graph computes from constants alone by putting them in another order or shape, as
 * filters are on their way into a convolution.
 * @returns gives undefined for a name whose values depend on anything else
 */
export function constantValues(
  nodes: readonly GraphNode[],
  constants: readonly GraphConstant[],
): (name: string) => KnownValues | undefined {
  const producers = new Map(nodes.flatMap(node => node.outputs.map(name => [name, node] as const)));
  const stored = new Map(constants.map(one => [one.name, one]));
  const listOf = (name: string): number[] => Array.from(stored.get(name)?.values as BigInt64Array, Number);
  const valuesOf = (name: string): KnownValues | undefined => {
    const constant = stored.get(name);
    if (constant?.values instanceof Float32Array) return { shape: constant.shape, values: constant.values };
    const node = producers.get(name);
    const from = node && valuesOf(node.inputs[0]);
    if (node === undefined || from === undefined) return undefined;
    switch (node.op) {
      case "Identity":
        return from;
      case "Transpose":
        return transposeValues(from, node.attributes.perm as readonly number[]);
      case "Reshape":
        return { shape: listOf(node.inputs[1]), values: from.values };
      case "Expand": {
        const shape = listOf(node.inputs[1]);
        return from.values.length === 1
          ? { shape, values: new Float32Array(sizeOf(shape)).fill(from.values[0]) }
          : undefined;
      }
      default:
        return undefined;
    }
  };
  return valuesOf;
}

function transposeValues({ shape, values }: KnownValues, perm: readonly number[]): KnownValues {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const [sides, steps] = [perm.map(axis => shape[axis]), perm.map(axis => strides[axis])];
  const result = new Float32Array(values.length);
  const at = sides.map(() => 0);
  let source = 0;
  for (let target = 0; target < result.length; target++) {
    result[target] = values[source];
    for (let axis = sides.length - 1; axis >= 0; axis--) {
      source += steps[axis];
      if (++at[axis] < sides[axis]) break;
      source -= steps[axis] * sides[axis];
      at[axis] = 0;
    }
  }
  return { shape: sides, values: result };
}

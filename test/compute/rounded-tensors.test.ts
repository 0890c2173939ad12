import { describe, expect, it } from "vitest";
import type { GraphNode } from "../../src/compute/graph.js";
import { roundedTensors } from "../../src/compute/rounded-tensors.js";
import { node } from "./small-graph.js";

/** Shapes of filters, (out, in of the group, height, width), and of biases. */
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  ofImage: [32, 3, 3, 3],
  depthwise: [32, 1, 3, 3],
  wide: [64, 32, 1, 1],
  narrow: [32, 64, 1, 1],
  bias: [64],
};
const constantOf = (name: string) =>
  Object.hasOwn(SHAPES, name) ? { shape: SHAPES[name], values: new Float32Array(0) } : undefined;

function rounded(...nodes: GraphNode[]): {
  readonly convolutions: readonly string[];
  readonly names: readonly string[];
  readonly sharing: Readonly<Record<string, string>>;
} {
  const { convolutions, names, sharing } = roundedTensors(nodes, constantOf);
  return {
    convolutions: [...convolutions].map(({ outputs }) => outputs[0]),
    names,
    sharing: Object.fromEntries(sharing),
  };
}

describe("roundedTensors", () => {
  it("rounds what goes into a convolution and comes out of it, behind its activation, in order", () => {
    const nodes = [
      node("Conv", ["x", "wide", "bias"], "a"),
      node("Relu", ["a"], "b"),
      node("Conv", ["b", "narrow"], "c"),
      node("Clip", ["c", "low", "high"], "d"),
    ];
    expect(rounded(...nodes)).toEqual({ convolutions: ["a", "c"], names: ["x", "b", "d"], sharing: {} });
  });

  it("rounds before an activation where somebody else reads that, and behind none that is no activation", () => {
    const read = [
      node("Conv", ["x", "wide"], "a"),
      node("Relu", ["a"], "b"),
      node("Sigmoid", ["a"], "c"),
      node("Conv", ["b", "narrow"], "d"),
      node("Sigmoid", ["d"], "e"),
    ];
    expect(rounded(...read).names).toEqual(["x", "a", "b", "d"]);
  });

  it("leaves the convolution of the image in floats, and a depthwise one right behind it, but not a later one", () => {
    const stem = [
      node("Conv", ["image", "ofImage"], "a"),
      node("Relu", ["a"], "b"),
      node("Conv", ["b", "depthwise"], "c"),
      node("Conv", ["c", "wide"], "d"),
    ];
    expect(rounded(...stem)).toEqual({ convolutions: ["d"], names: ["c", "d"], sharing: {} });
    const later = [...stem, node("Conv", ["d", "narrow"], "e"), node("Conv", ["e", "depthwise"], "f")];
    expect(rounded(...later)).toEqual({ convolutions: ["d", "e", "f"], names: ["c", "d", "e", "f"], sharing: {} });
  });

  it("leaves convolutions in floats whose filter or bias the graph computes", () => {
    const computed = node("Conv", ["x", "made"], "a");
    const biased = node("Conv", ["x", "wide", "made"], "b");
    expect(rounded(computed, biased)).toEqual({ convolutions: [], names: [], sharing: {} });
  });

  it("rounds sums of rounded tensors alone, behind their activation", () => {
    const branches = [
      node("Conv", ["x", "wide"], "a"),
      node("Conv", ["x", "wide"], "b"),
      node("Add", ["a", "b"], "sum"),
      node("Relu", ["sum"], "out"),
      node("Sigmoid", ["out"], "float"),
      node("Add", ["out", "float"], "mixed"),
    ];
    expect(rounded(...branches)).toEqual({ convolutions: ["a", "b"], names: ["x", "a", "b", "out"], sharing: {} });
  });

  it("has the greatest of windows share the range of what it is of, through several, and of nothing in floats", () => {
    const pooled = [
      node("Conv", ["x", "wide"], "a"),
      node("MaxPool", ["a"], "b"),
      node("MaxPool", ["b"], "c"),
      node("Conv", ["c", "narrow"], "d"),
      node("MaxPool", ["elsewhere"], "e"),
    ];
    expect(rounded(...pooled)).toEqual({
      convolutions: ["a", "d"],
      names: ["x", "a", "d"],
      sharing: { b: "a", c: "a" },
    });
  });
});

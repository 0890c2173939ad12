import { describe, expect, it } from "vitest";
import { constantValues } from "../../src/compute/constant-values.js";
import { floats, node, runSmallGraph, type SmallArray, shapeConstant } from "./small-graph.js";

const values = Float32Array.from({ length: 24 }, (_, i) => Math.fround(Math.sin(1 + 3 * i)));
const constants = [
  floats("filter", [2, 3, 4], values),
  floats("one", [1, 1], Float32Array.of(0.25)),
  floats("two", [2], Float32Array.of(1, 2)),
  shapeConstant("to", [4, 6]),
  shapeConstant("wide", [3, 2]),
];
const given: Record<string, SmallArray> = Object.fromEntries(
  constants.map(({ name, shape, values: some }) => [
    name,
    { shape, values: Array.from(some as Iterable<number | bigint>, Number) },
  ]),
);

const nodes = [
  node("Identity", ["filter"], "copy"),
  node("Transpose", ["copy"], "turned", { perm: [2, 0, 1] }),
  node("Reshape", ["turned", "to"], "flat"),
  node("Transpose", ["flat"], "again", { perm: [1, 0] }),
  node("Expand", ["one", "wide"], "many"),
  node("Expand", ["two", "wide"], "rows"),
  node("Relu", ["filter"], "positive"),
  node("Transpose", ["image"], "pixels", { perm: [1, 0] }),
  node("Reshape", ["positive", "to"], "late"),
];

describe("constantValues", () => {
  const valuesOf = constantValues(nodes, constants);

  it("gives what a run of the graph gives, of values in another order or shape", () => {
    const made = runSmallGraph(nodes.slice(0, 5), given);
    for (const name of ["filter", "copy", "turned", "flat", "again", "one", "many"]) {
      const found = valuesOf(name);
      expect({ shape: [...found!.shape], values: Array.from(found!.values) }, name).toEqual(made.get(name));
    }
  });

  it("turns axes of every order as the definition does", () => {
    const orders = [0, 1, 2].flatMap(a => [0, 1, 2].flatMap(b => [0, 1, 2].map(c => [a, b, c])));
    for (const perm of orders.filter(order => new Set(order).size === 3)) {
      const turn = [node("Transpose", ["filter"], "out", { perm })];
      const { shape, values: found } = constantValues(turn, constants)("out")!;
      const expected = runSmallGraph(turn, given).get("out")!;
      expect([shape, Array.from(found)], perm.join()).toEqual([expected.shape, expected.values]);
    }
  });

  it("knows nothing of what is computed, of inputs, of other types, and of what is made of these", () => {
    for (const name of ["positive", "late", "image", "pixels", "rows", "to", "nowhere"]) {
      expect(valuesOf(name), name).toBeUndefined();
    }
  });

  it("leaves the constants as they are", () => {
    expect(Array.from(constants[0].values as Float32Array)).toEqual(Array.from(values));
    expect(valuesOf("filter")!.values).toBe(values); // read in place: filters are megabytes
  });
});

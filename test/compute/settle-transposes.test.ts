import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GraphNode } from "../../src/compute/graph.js";
import { settleTransposes } from "../../src/compute/settle-transposes.js";
import { node, runSmallGraph, type SmallArray } from "./small-graph.js";

const LAST = [0, 2, 3, 1]; // channels first → last
const FIRST = [0, 3, 1, 2];

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(1 + 7 * i));
const given: Record<string, SmallArray> = {
  x: { shape: [1, 2, 3, 4], values: numbers(24) },
  half: { shape: [], values: [0.5] },
};

/** Settles a graph after running it, which tells the shapes of its names. */
function settled(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const made = runSmallGraph(nodes, given);
  return settleTransposes(nodes, { shapes: { shapeOf: name => made.get(name)?.shape }, outputs });
}

const opsOf = (nodes: readonly GraphNode[]): string[] => nodes.map(({ op }) => op);

describe("settleTransposes", () => {
  it("leaves none between two operations that both turn their input and result", () => {
    const nodes = [
      node("Transpose", ["x"], "a", { perm: FIRST }),
      node("Weigh", ["a"], "b"),
      node("Transpose", ["b"], "c", { perm: LAST }),
      node("Relu", ["c"], "d"),
      node("Add", ["d", "half"], "e"),
      node("Transpose", ["e"], "f", { perm: FIRST }),
      node("Weigh", ["f"], "g"),
      node("Transpose", ["g"], "out", { perm: LAST }),
    ];
    const result = settled(nodes, ["out"]);
    expect(opsOf(result)).toEqual(["Transpose", "Weigh", "Relu", "Add", "Weigh", "Transpose"]);
    expect(runSmallGraph(result, given).get("out")).toEqual(runSmallGraph(nodes, given).get("out"));
  });

  it("adds two branches that are turned alike, and turns those that are not", () => {
    const branches = (second: number[], back: number[]): GraphNode[] => [
      node("Weigh", ["x"], "w"),
      node("Transpose", ["x"], "a", { perm: [0, 2, 1, 3] }),
      node("Transpose", ["w"], "b", { perm: second }),
      node("Add", ["a", "b"], "sum"),
      node("Transpose", ["sum"], "out", { perm: back }),
    ];
    expect(opsOf(settled(branches([0, 2, 1, 3], [0, 2, 1, 3]), ["out"]))).toEqual(["Weigh", "Add", "Identity"]);
    // Turned otherwise each is turned before the sum, which has the axes of neither.
    const apart = [
      node("Transpose", ["x"], "a", { perm: [0, 1, 3, 2] }),
      node("Transpose", ["x"], "turned", { perm: [0, 1, 3, 2] }),
      node("Weigh", ["turned"], "b"),
      node("Add", ["a", "b"], "out"),
    ];
    const result = settled(apart, ["out"]);
    expect(opsOf(result)).toEqual(["Transpose", "Weigh", "Transpose", "Add"]);
    expect(runSmallGraph(result, given).get("out")).toEqual(runSmallGraph(apart, given).get("out"));
  });

  it("joins what is turned alike along the axis that it was", () => {
    const nodes = [
      node("Weigh", ["x"], "w"),
      node("Transpose", ["x"], "a", { perm: LAST }),
      node("Transpose", ["w"], "b", { perm: LAST }),
      node("Concat", ["a", "b", "a"], "joined", { axis: 3 }),
      node("Relu", ["joined"], "c"),
      node("Transpose", ["c"], "out", { perm: FIRST }),
    ];
    const result = settled(nodes, ["out"]);
    expect(opsOf(result)).toEqual(["Weigh", "Concat", "Relu", "Identity"]);
    expect(result[1].attributes).toEqual({ axis: 1 });
    expect(runSmallGraph(result, given).get("out")).toEqual(runSmallGraph(nodes, given).get("out"));
  });

  it("gives results their names and order of axes, also one that is read on, and one that is turned back", () => {
    const nodes = [
      node("Transpose", ["x"], "turned", { perm: FIRST }),
      node("Relu", ["turned"], "first"),
      node("Transpose", ["first"], "second", { perm: LAST }),
      node("Weigh", ["second"], "third"),
    ];
    const outputs = ["turned", "first", "second", "third"];
    const [before, after] = [runSmallGraph(nodes, given), runSmallGraph(settled(nodes, outputs), given)];
    for (const name of outputs) expect(after.get(name), name).toEqual(before.get(name));
  });

  it("computes the same whatever the graph", () => {
    const perms = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 });
    const step = fc.record({
      op: fc.constantFrom("Transpose", "Relu", "Weigh", "Add", "AddHalf", "Concat"),
      perm: perms,
      from: fc.nat(),
      other: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat(), (steps, result) => {
        const nodes: GraphNode[] = [];
        const names = ["x"];
        for (const [i, { op, perm, from, other }] of steps.entries()) {
          const shapes = runSmallGraph(nodes, given);
          const source = names[from % names.length];
          const alike = names.filter(name => shapes.get(name)!.shape.join() === shapes.get(source)!.shape.join());
          const output = `n${i}`;
          if (op === "Transpose") nodes.push(node(op, [source], output, { perm }));
          else if (op === "Add") nodes.push(node(op, [source, alike[other % alike.length]], output));
          else if (op === "Concat") {
            const small = shapes.get(source)!.values.length < 200; // a few joins in a row are large
            const parts = small ? [source, alike[other % alike.length]] : [source];
            nodes.push(node(op, parts, output, { axis: other % 4 }));
          } else if (op === "AddHalf") nodes.push(node("Add", ["half", source], output));
          else nodes.push(node(op, [source], output));
          names.push(output);
        }
        const outputs = [...new Set([names[1 + (result % steps.length)], names[names.length - 1]])];
        const after = settled(nodes, outputs);
        const [expected, found] = [runSmallGraph(nodes, given), runSmallGraph(after, given)];
        for (const name of outputs) expect(found.get(name)).toEqual(expected.get(name));
      }),
      { numRuns: 300 },
    );
  });
});

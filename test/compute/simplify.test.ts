import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import type { GraphNode } from "../../src/compute/graph.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { simplifyNodes } from "../../src/compute/simplify.js";

const node = (op: string, inputs: string[], output: string): GraphNode => ({
  op,
  inputs,
  outputs: [output],
  attributes: {},
});
const shapes: Record<string, number[]> = { a: [2, 3], w: [3, 4], product: [2, 4], bias: [4], rows: [2, 4], one: [1] };
const shapeOf = (name: string): number[] | undefined => shapes[name];
const run = (...nodes: GraphNode[]): string[] =>
  simplifyNodes(nodes, { shapeOf }).map(({ op, inputs, outputs }) => `${outputs} = ${op}(${inputs})`);

describe("simplified", () => {
  it("lets the Gemm add a bias, unless its product is read elsewhere or the sum is none of a bias", () => {
    const product = node("Gemm", ["a", "w"], "product");
    const exit = node("Identity", ["sum"], "out");
    expect(run(product, node("Add", ["product", "bias"], "sum"), exit)).toEqual(["out = Gemm(a,w,bias)"]);
    const reader = node("Relu", ["product"], "other");
    expect(run(product, reader, node("Add", ["product", "bias"], "sum"), exit)).toHaveLength(3);
    for (const other of ["rows", "one", "unknown"]) {
      expect(run(product, node("Add", ["product", other], "sum"), exit)).toHaveLength(2);
    }
  });

  it("names a result that is read on as its output, and copies only what has two names or is an input", () => {
    const nodes = [node("Relu", ["a"], "x"), node("Neg", ["x"], "y"), node("Identity", ["x"], "first")];
    expect(run(...nodes, node("Identity", ["y"], "second"))).toEqual(["first = Relu(a)", "second = Neg(first)"]);
    expect(run(...nodes.slice(0, 1), node("Identity", ["x"], "p"), node("Identity", ["x"], "q"))).toEqual([
      "p = Relu(a)",
      "q = Identity(p)",
    ]);
    expect(run(node("Identity", ["a"], "same"))).toEqual(["same = Identity(a)"]);
  });
});

describe("products of matrices", () => {
  const values = (rows: number, columns: number): number[][] =>
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => Math.sin(1 + 3 * i + 5 * j)));

  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("are right with transposes in front of them and as flags (%s, %s)", async (flagA, flagB) => {
    for (const [turnA, turnB] of [
      [false, false],
      [true, false],
      [true, true],
    ]) {
      // op(A) is (3, 4) and op(B) is (4, 2), whichever ways they are turned
      const a = flagA !== turnA ? values(4, 3) : values(3, 4);
      const b = flagB !== turnB ? values(2, 4) : values(4, 2);
      const body = (x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor2D =>
        tf.matMul(turnA ? tf.transpose(x) : x, turnB ? tf.transpose(y) : y, flagA, flagB);
      const [x, y] = [Float32Array.from(a.flat()), Float32Array.from(b.flat())];
      const program = await onnxEngine("cpu", { threads: 1 }).prepare({
        inputs: {
          x: { shape: [a.length, a[0].length], dtype: "float32" },
          y: { shape: [b.length, b[0].length], dtype: "float32" },
        },
        body: t => ({ product: body(t.x as tf.Tensor2D, t.y as tf.Tensor2D) }),
      });
      const { product } = await program.run({ x, y });
      await program.dispose();
      const at = (m: number[][], turned: boolean, i: number, j: number): number => (turned ? m[j][i] : m[i][j]);
      product.data.forEach((value, index) => {
        const [i, j] = [Math.floor(index / 2), index % 2];
        let sum = 0;
        for (let k = 0; k < 4; k++) sum += at(a, flagA !== turnA, i, k) * at(b, flagB !== turnB, k, j);
        expect(value).toBeCloseTo(sum, 5);
      });
    }
  });
});

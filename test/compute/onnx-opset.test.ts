// A graph and what it was raised to, both run by onnxruntime: they give the same.
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import type { OnnxNode } from "../../src/compute/onnx-opset.js";
import { raiseNodes } from "../../src/compute/onnx-opset.js";
import * as ort from "../../src/compute/onnxruntime.js";
import { sizeOf } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";

const { onnx } = onnxProto;
const { INT, INTS, FLOAT } = onnx.AttributeProto.AttributeType;
const node = (opType: string, input: string[], output: string[], attribute: object[] = []): OnnxNode => ({
  opType,
  input,
  output,
  attribute,
});
const int = (name: string, i: number) => ({ name, type: INT, i });
const ints = (name: string, list: number[]) => ({ name, type: INTS, ints: list });

function modelOf(
  nodes: readonly OnnxNode[],
  constants: readonly object[],
  opset: number,
  shape: number[],
  outputs: string[],
) {
  const port = (name: string, dim: object[]) => ({ name, type: { tensorType: { elemType: 1, shape: { dim } } } });
  const model = onnx.ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: "", version: opset }],
    graph: {
      name: "g",
      node: [...nodes],
      initializer: [...constants],
      input: [
        port(
          "x",
          shape.map(size => ({ dimValue: size })),
        ),
      ],
      output: outputs.map(name => ({ name, type: { tensorType: { elemType: 1 } } })),
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

async function results(bytes: Uint8Array, shape: number[]): Promise<[string, readonly number[], number[]][]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const x = new ort.Tensor("float32", new Random(3).normals(sizeOf(shape)), shape);
  const found = await session.run({ x });
  await session.release();
  return Object.entries(found).map(([name, { dims, data }]) => [name, dims, Array.from(data as Float32Array)]);
}

const shape = [2, 3, 4, 5];
const cases: readonly (readonly [string, readonly OnnxNode[], string[]])[] = [
  ["Softmax over all from axis 1 on", [node("Softmax", ["x"], ["y"])], ["y"]],
  ["Softmax over all from axis 2 on", [node("Softmax", ["x"], ["y"], [int("axis", 2)])], ["y"]],
  ["Softmax over the last axis", [node("Softmax", ["x"], ["y"], [int("axis", 3)])], ["y"]],
  ["LogSoftmax", [node("LogSoftmax", ["x"], ["y"], [int("axis", -1)])], ["y"]],
  [
    "Split in parts that are given",
    [node("Split", ["x"], ["y", "z"], [int("axis", 1), ints("split", [1, 2])])],
    ["y", "z"],
  ],
  ["Split in equal parts", [node("Split", ["x"], ["y", "z"], [int("axis", 2)])], ["y", "z"]],
  ["ReduceSum", [node("ReduceSum", ["x"], ["y"], [ints("axes", [1, 3]), int("keepdims", 0)])], ["y"]],
  ["ReduceSum of everything", [node("ReduceSum", ["x"], ["y"])], ["y"]],
  ["ReduceMean", [node("ReduceMean", ["x"], ["y"], [ints("axes", [-1])])], ["y"]],
  ["ReduceMax", [node("ReduceMax", ["x"], ["y"], [ints("axes", [2]), int("keepdims", 0)])], ["y"]],
  [
    "Unsqueeze and Squeeze",
    [node("Unsqueeze", ["x"], ["u"], [ints("axes", [0, 5])]), node("Squeeze", ["u"], ["y"], [ints("axes", [5])])],
    ["y"],
  ],
  ["Dropout", [node("Dropout", ["x"], ["y"], [{ name: "ratio", type: FLOAT, f: 0.3 }])], ["y"]],
];

describe("raiseNodes", () => {
  for (const [name, nodes, outputs] of cases) {
    it.each([13, 17, 20])(`${name} gives the same in set %d as in 11`, async to => {
      const raised = raiseNodes(nodes, { from: 11, to });
      const before = await results(modelOf(nodes, [], 11, shape, outputs), shape);
      expect(await results(modelOf(raised.nodes, raised.constants, to, shape, outputs), shape)).toEqual(before);
    });
  }

  it("raises graphs inside nodes, and leaves the operators of others alone", async () => {
    const constant = { name: "yes", dims: [], dataType: 9, int32Data: [1] };
    const inner = (op: string) => ({
      name: op,
      node: [node(op, ["x"], [`${op}.y`], [ints("axes", [1])])],
      output: [{ name: `${op}.y`, type: { tensorType: { elemType: 1 } } }],
    });
    const branches = [
      { name: "then_branch", type: onnx.AttributeProto.AttributeType.GRAPH, g: inner("ReduceSum") },
      { name: "else_branch", type: onnx.AttributeProto.AttributeType.GRAPH, g: inner("ReduceMean") },
    ];
    const nodes = [node("If", ["yes"], ["y"], branches)];
    const raised = raiseNodes(nodes, { from: 11, to: 18 });
    const before = await results(modelOf(nodes, [constant], 11, shape, ["y"]), shape);
    const after = modelOf(raised.nodes, [constant, ...raised.constants], 18, shape, ["y"]);
    expect(await results(after, shape)).toEqual(before);
    const foreign = [{ ...node("Split", ["x"], ["y"], [ints("split", [3])]), domain: "com.example" }];
    expect(raiseNodes(foreign, { from: 11, to: 20 })).toEqual({ nodes: foreign, constants: [] });
    expect(raiseNodes(nodes, { from: 20, to: 20 }).nodes).toBe(nodes);
  });

  it("refuses what has no equal", () => {
    expect(() => raiseNodes([], { from: 10, to: 17 })).toThrow(
      /operator set too old.*opset_version=17; found opset 10/,
    );
    const training = [node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y", "mean", "variance"])];
    expect(() => raiseNodes(training, { from: 13, to: 17 })).toThrow(/BatchNormalization in training mode/);
  });
});

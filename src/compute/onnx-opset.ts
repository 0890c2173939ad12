// Graphs of an older operator set of ONNX as graphs of a newer one: what changed between them, operator by operator
// (https://github.com/onnx/onnx/blob/main/docs/Changelog.md). From 11 on; what is not here means the same in all.
import onnxProto from "onnx-proto";
import { EngineError } from "../core/errors.js";

const { onnx } = onnxProto;

/** A node of a graph. */
export type OnnxNode = onnxProto.onnx.INodeProto;
type Attribute = onnxProto.onnx.IAttributeProto;
type Tensor = onnxProto.onnx.ITensorProto;

/** The oldest operator set that is raised. */
export const OLDEST_OPSET: number = 11;

/** What a node becomes: nodes that do the same, and constants (int64 lists) that they take. */
interface Raised {
  readonly nodes: readonly OnnxNode[];
  readonly lists: readonly { readonly name: string; readonly values: readonly number[] }[];
}

interface Change {
  /** The operator set in which it came. */
  readonly at: number;
  readonly ops: readonly string[];
  readonly raise: (node: OnnxNode) => Raised;
}

const AXES_BY_ATTRIBUTE = [
  ...["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax"],
  ...["ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare"],
];

const CHANGES: readonly Change[] = [
  { at: 12, ops: ["Dropout"], raise: node => alone(withoutAttribute(node, "ratio")) }, // does nothing when not training
  { at: 13, ops: ["Squeeze", "Unsqueeze", "ReduceSum"], raise: node => listAsInput(node, "axes") },
  { at: 13, ops: ["Split"], raise: node => listAsInput(node, "split") },
  { at: 13, ops: ["Softmax", "LogSoftmax", "Hardmax"], raise: flattenFirst },
  { at: 14, ops: ["BatchNormalization"], raise: onlyInference },
  {
    at: 16,
    ops: ["RoiAlign"],
    raise: node => withDefault(node, "coordinate_transformation_mode", "output_half_pixel"),
  },
  { at: 18, ops: AXES_BY_ATTRIBUTE, raise: node => listAsInput(node, "axes") },
  { at: 18, ops: ["Split"], raise: countOutputs },
];

/**
 * Nodes of one operator set as nodes of a newer one, and the constants they need beside those that are there. Graphs
 * inside nodes are raised too, their constants among the rest.
 * @throws {EngineError} for a set older than 11, and a node that has no equal in the newer one
 */
export function raiseNodes(
  nodes: readonly OnnxNode[],
  { from, to }: { readonly from: number; readonly to: number },
): { readonly nodes: readonly OnnxNode[]; readonly constants: readonly Tensor[] } {
  if (from >= to) return { nodes, constants: [] };
  if (from < OLDEST_OPSET) {
    throw new EngineError("the model is of an operator set too old to be joined with a head", {
      expected: `opset ${OLDEST_OPSET} or newer: export it again, with PyTorch's opset_version=17`,
      actual: `opset ${from}`,
    });
  }
  const constants: Tensor[] = [];
  const raised = CHANGES.filter(({ at }) => at > from && at <= to).reduce(
    (list, change) => list.flatMap(node => raisedBy(change, node, constants)),
    nodes.map(node => withRaisedGraphs(node, { from, to }, constants)),
  );
  return { nodes: raised, constants };
}

function raisedBy({ ops, raise }: Change, node: OnnxNode, constants: Tensor[]): readonly OnnxNode[] {
  if ((node.domain ?? "") !== "" || !ops.includes(node.opType ?? "")) return [node];
  const { nodes, lists } = raise(node);
  for (const { name, values } of lists) constants.push(int64List(name, values));
  return nodes;
}

/** A node whose inner graphs (of If, Loop, Scan) are raised. Names of constants are unique, so they may lie outside. */
function withRaisedGraphs(node: OnnxNode, sets: { from: number; to: number }, constants: Tensor[]): OnnxNode {
  if (!node.attribute?.some(({ g }) => g)) return node;
  const attribute = node.attribute.map(one => {
    if (!one.g) return one;
    const inner = raiseNodes(one.g.node ?? [], sets);
    constants.push(...inner.constants);
    return { ...one, g: { ...one.g, node: [...inner.nodes] } };
  });
  return { ...node, attribute };
}

function alone(node: OnnxNode): Raised {
  return { nodes: [node], lists: [] };
}

function attributeOf({ attribute }: OnnxNode, name: string): Attribute | undefined {
  return attribute?.find(one => one.name === name);
}

function withoutAttribute(node: OnnxNode, name: string): OnnxNode {
  return { ...node, attribute: node.attribute?.filter(one => one.name !== name) };
}

/** A list that was an attribute becomes the second input. */
function listAsInput(node: OnnxNode, name: string): Raised {
  const list = attributeOf(node, name);
  if (list === undefined) return alone(node);
  const constant = `${node.output?.[0]}.${name}`;
  const bare = withoutAttribute(node, name);
  const raised = { ...bare, input: [node.input?.[0] ?? "", constant] };
  return { nodes: [raised], lists: [{ name: constant, values: (list.ints ?? []).map(Number) }] };
}

/** Up to 12, everything from the axis on was one axis; since, the axis alone counts. */
function flattenFirst(node: OnnxNode): Raised {
  const axis = Number(attributeOf(node, "axis")?.i ?? 1);
  if (axis === -1) return alone(node);
  const [input, output] = [node.input?.[0] ?? "", node.output?.[0] ?? ""];
  const [shape, flat, result] = ["shape", "flat", "of_flat"].map(name => `${output}.${name}`);
  const attributes = (name: string, i: number) => [{ name, type: onnx.AttributeProto.AttributeType.INT, i }];
  const make = (opType: string, inputs: string[], to: string, attribute: Attribute[] = []): OnnxNode =>
    onnx.NodeProto.create({ opType, input: inputs, output: [to], attribute });
  return {
    nodes: [
      make("Shape", [input], shape),
      make("Flatten", [input], flat, attributes("axis", axis)),
      make(node.opType ?? "", [flat], result, attributes("axis", -1)),
      make("Reshape", [result, shape], output),
    ],
    lists: [],
  };
}

/** Outputs beside the first are for training, and changed. */
function onlyInference(node: OnnxNode): Raised {
  if ((node.output ?? []).filter(name => name !== "").length === 1) return alone(node);
  throw new EngineError(`the model has a ${node.opType} in training mode`, {
    expected: "a model exported for inference",
  });
}

function withDefault(node: OnnxNode, name: string, value: string): Raised {
  if (attributeOf(node, name) !== undefined) return alone(node);
  const s = new TextEncoder().encode(value);
  const attribute = [...(node.attribute ?? []), { name, type: onnx.AttributeProto.AttributeType.STRING, s }];
  return alone({ ...node, attribute });
}

/** Equal parts have to say how many they are. */
function countOutputs(node: OnnxNode): Raised {
  if (node.input?.[1] || attributeOf(node, "num_outputs") !== undefined) return alone(node);
  const count = { name: "num_outputs", type: onnx.AttributeProto.AttributeType.INT, i: node.output?.length ?? 0 };
  return alone({ ...node, attribute: [...(node.attribute ?? []), count] });
}

function int64List(name: string, values: readonly number[]): Tensor {
  const data = BigInt64Array.from(values, value => BigInt(value));
  return {
    name,
    dims: [values.length],
    dataType: onnx.TensorProto.DataType.INT64,
    rawData: new Uint8Array(data.buffer),
  };
}

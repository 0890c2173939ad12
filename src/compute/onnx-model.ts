import onnxProto from "onnx-proto";
import type { Attribute, GraphConstant, GraphNode } from "./graph.js";
import { ELEMENT_TYPE } from "./graph.js";

const { onnx } = onnxProto;

/** The newest ONNX operator set whose reductions still take their axes as attributes. */
const OPSET = 17;
const IR_VERSION = 8;

/** A value that enters or leaves an ONNX graph; a dimension with a name is known when the model runs. */
export interface OnnxPort {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  readonly dtype: keyof typeof ELEMENT_TYPE;
}

/** An ONNX graph. */
export interface OnnxGraph {
  /** In order of execution. */
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly GraphConstant[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** What a Loop among the nodes repeats. It sees the names of this graph. */
  readonly body?: OnnxGraph;
}

/** A graph as a serialised ONNX ModelProto. */
export function modelBytes(graph: OnnxGraph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const model = onnx.ModelProto.create({
    irVersion: IR_VERSION,
    producerName: "hashbook",
    opsetImport: [{ domain: "", version: OPSET }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: graphProto("hashbook", graph),
  });
  return onnx.ModelProto.encode(model).finish();
}

function graphProto(name: string, { nodes, constants, inputs, outputs, body }: OnnxGraph): object {
  const { GRAPH } = onnx.AttributeProto.AttributeType;
  const repeated = body === undefined ? [] : [{ name: "body", type: GRAPH, g: graphProto(`${name}_step`, body) }];
  return {
    name,
    input: inputs.map(valueInfo),
    output: outputs.map(valueInfo),
    node: nodes.map((node, i) => ({
      name: `${node.op}_${i}`,
      opType: node.op,
      input: [...node.inputs],
      output: [...node.outputs],
      attribute: [
        ...Object.entries(node.attributes).map(([key, value]) => attributeProto(key, value)),
        ...(node.op === "Loop" ? repeated : []),
      ],
    })),
    initializer: constants.map(({ name: key, shape, dtype, values }) => ({
      name: key,
      dims: [...shape],
      dataType: ELEMENT_TYPE[dtype],
      rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    })),
  };
}

function valueInfo({ name, shape, dtype }: OnnxPort): object {
  const dim = shape.map(size => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: ELEMENT_TYPE[dtype], shape: { dim } } } };
}

function attributeProto(name: string, value: Attribute): object {
  const { FLOAT, INT, INTS } = onnx.AttributeProto.AttributeType;
  if (typeof value === "number") return { name, type: INT, i: value };
  if ("float" in value) return { name, type: FLOAT, f: value.float };
  return { name, type: INTS, ints: [...value] };
}

import type { Tensor } from "@tensorflow/tfjs";
import onnxProto from "onnx-proto";
import type { NdArray } from "../core/arrays.js";
import { EngineError } from "../core/errors.js";
import type { Attribute, GraphConstant, GraphNode, GraphPort, TensorSpec } from "./graph.js";
import { ELEMENT_TYPE } from "./graph.js";
import { simplified } from "./simplify.js";
import { trace } from "./trace-backend.js";

const { onnx } = onnxProto;

/** The newest ONNX operator set whose reductions still take their axes as attributes. */
const OPSET = 17;
const IR_VERSION = 8;

/** A tfjs function as an ONNX model: bytes that onnxruntime (any language) loads. */
export interface CompiledModel {
  /** A serialised ONNX ModelProto. */
  readonly bytes: Uint8Array;
  /** Inputs in the order of the function's parameters, by their names in the model. */
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  /** Number of ONNX nodes, before onnxruntime optimises. */
  readonly nodes: number;
}

/** The parameters of {@link compile}, by name. */
export interface CompileSpec {
  /** Inputs of the model. */
  readonly inputs?: Readonly<Record<string, TensorSpec>>;
  /** Values stored in the model: onnxruntime folds and packs them, which inputs do not allow. */
  readonly constants?: Readonly<Record<string, NdArray<Float32Array | Int32Array>>>;
  /** Text stored in the model for whoever loads it. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A pure function of named tfjs tensors. It may use autodiff; it may not look at values. */
export type TensorFunction = (tensors: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>;

/**
 * Compiles a tfjs function into an ONNX model by running it once on a backend that writes down what is called.
 * Shapes are fixed; whatever differs from call to call must be an input. Autodiff (`tf.grads`, `tf.customGrad`) works.
 *
 * @param fn gets inputs and constants by name, returns its outputs by name; an output named like an input (state that
 *   goes round) is called `<name>_next` in the model
 * @throws {EngineError} when a kernel has no row in the table, a value is read, or a tensor escapes
 */
export function compile(
  fn: TensorFunction,
  { inputs = {}, constants = {}, metadata = {} }: CompileSpec,
): CompiledModel {
  return trace(({ graph, input, constant }) => {
    const tensors: Record<string, Tensor> = {};
    for (const [name, spec] of Object.entries(inputs)) tensors[name] = input(spec.shape, spec.dtype);
    const inputPorts = Object.entries(tensors).map(([name, tensor]) => ({ ...port(name, tensor), name }));
    const renamed = Object.entries(tensors).map(([name, tensor]) => ({ from: name, to: graph.nameOf(tensor) }));
    for (const [name, { data, shape }] of Object.entries(constants)) {
      tensors[name] = constant(data, shape, data instanceof Float32Array ? "float32" : "int32");
    }
    const results = fn(tensors);
    if (results instanceof Promise) throw new EngineError("an async function cannot be compiled");
    const outputPorts = Object.entries(results).map(([name, tensor]) =>
      port(name in inputs ? `${name}_next` : name, tensor),
    );
    // Inputs and outputs keep their names for the reader of the model: an Identity at each border, removed on load.
    const entry: GraphNode[] = renamed.map(({ from, to }) => identity(from, to));
    const exit: GraphNode[] = Object.values(results).map((tensor, i) =>
      identity(graph.nameOf(tensor), outputPorts[i].name),
    );
    const nodes = simplified([...graph.liveNodes(exit.map(node => node.inputs[0])), ...exit], graph);
    const used = new Set(nodes.flatMap(node => node.inputs));
    const live = [...entry.filter(node => used.has(node.outputs[0])), ...nodes];
    const kept = [...graph.constants.values()].filter(({ name }) => used.has(name));
    const bytes = serialise(live, inputPorts, outputPorts, kept, metadata);
    return { bytes, inputs: inputPorts, outputs: outputPorts, nodes: live.length };
  });
}

function port(name: string, tensor: Tensor): GraphPort {
  return { name, shape: tensor.shape, dtype: tensor.dtype as GraphPort["dtype"] };
}

function identity(input: string, output: string): GraphNode {
  return { op: "Identity", inputs: [input], outputs: [output], attributes: {} };
}

function serialise(
  nodes: readonly GraphNode[],
  inputs: readonly GraphPort[],
  outputs: readonly GraphPort[],
  constants: readonly GraphConstant[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const model = onnx.ModelProto.create({
    irVersion: IR_VERSION,
    producerName: "hashbook",
    opsetImport: [{ domain: "", version: OPSET }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: "hashbook",
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
      node: nodes.map((node, i) => ({
        name: `${node.op}_${i}`,
        opType: node.op,
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
      })),
      initializer: constants.map(({ name, shape, dtype, values }) => ({
        name,
        dims: [...shape],
        dataType: ELEMENT_TYPE[dtype],
        rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      })),
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

function valueInfo({ name, shape, dtype }: GraphPort): object {
  return {
    name,
    type: { tensorType: { elemType: ELEMENT_TYPE[dtype], shape: { dim: shape.map(dimValue => ({ dimValue })) } } },
  };
}

function attributeProto(name: string, value: Attribute): object {
  const { FLOAT, INT, INTS } = onnx.AttributeProto.AttributeType;
  if (typeof value === "number") return { name, type: INT, i: value };
  if ("float" in value) return { name, type: FLOAT, f: value.float };
  return { name, type: INTS, ints: [...value] };
}

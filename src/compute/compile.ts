import type { Tensor } from "@tensorflow/tfjs";
import type { NdArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import { EngineError } from "../core/errors.js";
import type { GraphNode, GraphPort, TensorSpec } from "./graph.js";
import type { OnnxGraph, OnnxPort } from "./onnx-model.js";
import { modelBytes } from "./onnx-model.js";
import type { Quantization } from "./quantization.js";
import { observedGraph, quantizeGraph } from "./quantize.js";
import type { NameShapes } from "./simplify.js";
import { simplifyNodes } from "./simplify.js";
import { trace } from "./trace-backend.js";

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
  /** Computes convolutions in 8-bit integers within these ranges. Default: everything in 32-bit floats. */
  readonly quantization?: Quantization;
}

/** A pure function of named tfjs tensors. It may use autodiff; it may not look at values. */
export type TensorFunction = (tensors: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>;

/**
 * Compiles a tfjs function into an ONNX model by running it once on a backend that writes down what is called.
 * Shapes are fixed; whatever differs from call to call must be an input. Autodiff (`tf.grads`, `tf.customGrad`) works.
 *
 * @param fn gets inputs and constants by name, returns its outputs by name; an output named like an input is called
 *   `<name>_next` in the model
 * @throws {EngineError} when a kernel has no row in the table, a value is read, or a tensor escapes
 */
export function compile(fn: TensorFunction, spec: CompileSpec): CompiledModel {
  const { inputs, outputs, shapes, ...exact } = borderedGraph(fn, spec);
  const { quantization } = spec;
  const context = { shapes, outputs: outputs.map(({ name }) => name) };
  const graph = quantization === undefined ? exact : quantizeGraph(exact, context, quantization);
  const bytes = modelBytes({ ...graph, inputs, outputs }, spec.metadata);
  return { bytes, inputs, outputs, nodes: graph.nodes.length };
}

/**
 * Compiles a function, in 32-bit floats, into a model that gives the range of each tensor that `quantization` would
 * round: outputs `least.0`, `greatest.0`, `least.1` …, scalars in the order of {@link Quantization.ranges}.
 * @throws {EngineError} as {@link compile}
 */
export function compileRanges(fn: TensorFunction, spec: CompileSpec): CompiledModel {
  const { inputs, outputs, shapes, ...exact } = borderedGraph(fn, spec);
  const graph = observedGraph(exact, { shapes, outputs: outputs.map(({ name }) => name) });
  const ends = graph.observed.flatMap((tensor, i) => [
    node("ReduceMin", [tensor], `least.${i}`, { keepdims: 0 }),
    node("ReduceMax", [tensor], `greatest.${i}`, { keepdims: 0 }),
  ]);
  const ports = ends.map(one => ({ name: one.outputs[0], shape: [], dtype: "float32" }) as const);
  const nodes = [...graph.nodes, ...ends];
  const bytes = modelBytes({ nodes, constants: graph.constants, inputs, outputs: ports });
  return { bytes, inputs, outputs: ports, nodes: nodes.length };
}

/** The graph of a function between names for the reader of the model. */
function borderedGraph(
  fn: TensorFunction,
  spec: CompileSpec,
): Pick<OnnxGraph, "nodes" | "constants"> &
  Pick<CompiledModel, "inputs" | "outputs"> & { readonly shapes: NameShapes } {
  const traced = traceFunction(fn, spec);
  const { inputs, shapes } = traced;
  const taken = new Set(inputs.map(({ name }) => name));
  const outputs = traced.outputs.map(one => (taken.has(one.name) ? { ...one, name: `${one.name}_next` } : one));
  // Inputs and outputs keep their names: an Identity at each border, removed on load.
  const graph = withBorders(traced, {
    entry: inputs.map(({ name, symbol }) => identity(name, symbol)),
    exit: outputs.map(({ name, symbol }) => identity(symbol, name)),
  });
  return { ...graph, inputs, outputs, shapes };
}

/** What {@link compileLoop} makes a model of: the parameters of a step, sorted by what becomes of them. */
export interface LoopSpec extends Omit<CompileSpec, "metadata"> {
  /** The same in every step. */
  readonly resident?: Readonly<Record<string, TensorSpec>>;
  /** Passed on from step to step: `fn` returns the next value of each under the same name. */
  readonly state: Readonly<Record<string, TensorSpec>>;
}

/** Name of the model's input (int64, scalar) that says how many steps to do. */
export const STEP_COUNT = "step.count";

/**
 * Compiles a step into a model that does any number of them in one call (ONNX Loop). An engine's call copies the whole
 * state out; many steps share that.
 *
 * The model's inputs are {@link STEP_COUNT}; each of `inputs`, with the steps as first axis; `resident`; `state`. Its
 * outputs are the state, as `<name>_next`, and what else `fn` returns, again with the steps as first axis.
 * @throws {EngineError} as {@link compile}, and when `fn` returns no next value of a state, or one of another shape
 */
export function compileLoop(
  fn: TensorFunction,
  { inputs = {}, resident = {}, state, constants }: LoopSpec,
): CompiledModel {
  const traced = traceFunction(fn, { inputs: { ...inputs, ...resident, ...state }, constants });
  const symbol = Object.fromEntries(traced.inputs.map(one => [one.name, one.symbol]));
  const result = Object.fromEntries(traced.outputs.map(one => [one.name, one]));
  checkState(result, state);
  const states = Object.keys(state);
  const others = traced.outputs.filter(({ name }) => !(name in state));
  const inner = (name: string): string => `step.${name}`; // a name inside may not stand for something else outside
  const [at, go, goOn] = [inner("at"), inner("go"), inner("go_on")];
  const body = withBorders(traced, {
    entry: [
      ...Object.keys(inputs).map(name => node("Gather", [name, at], symbol[name], { axis: 0 })),
      ...states.map(name => identity(inner(name), symbol[name])),
    ],
    exit: [
      identity(go, goOn),
      ...states.map(name => identity(result[name].symbol, inner(`${name}_next`))),
      ...others.map(({ name, symbol: from }) => identity(from, inner(name))),
    ],
  });
  const port = (name: string, { shape, dtype }: Omit<OnnxPort, "name">): OnnxPort => ({ name, shape, dtype });
  const stackedPort = ({ shape, dtype }: Omit<OnnxPort, "name">): Omit<OnnxPort, "name"> => ({
    shape: [STEP_COUNT, ...shape],
    dtype,
  });
  // Residents are read under their outer names: an Identity would copy them in every step.
  const outer = new Map(Object.keys(resident).map(name => [symbol[name], name]));
  const stepGraph: OnnxGraph = {
    constants: body.constants,
    nodes: body.nodes.map(one => ({ ...one, inputs: one.inputs.map(name => outer.get(name) ?? name) })),
    inputs: [
      port(at, { shape: [], dtype: "int64" }),
      port(go, { shape: [], dtype: "bool" }),
      ...states.map(name => port(inner(name), state[name])),
    ],
    outputs: [
      port(goOn, { shape: [], dtype: "bool" }),
      ...states.map(name => port(inner(`${name}_next`), state[name])),
      ...others.map(one => port(inner(one.name), one)),
    ],
  };
  const nextPorts = states.map(name => ({ ...state[name], name: `${name}_next` }));
  const loop: GraphNode = {
    op: "Loop",
    inputs: [STEP_COUNT, "", ...states],
    outputs: [...nextPorts, ...others].map(({ name }) => name),
    attributes: {},
  };
  const bytes = modelBytes({
    nodes: [loop],
    constants: [],
    body: stepGraph,
    inputs: [
      port(STEP_COUNT, { shape: [], dtype: "int64" }),
      ...Object.entries(inputs).map(([name, one]) => port(name, stackedPort(one))),
      ...Object.entries({ ...resident, ...state }).map(([name, one]) => port(name, one)),
    ],
    outputs: [...nextPorts, ...others.map(one => port(one.name, stackedPort(one)))],
  });
  return { bytes, inputs: traced.inputs, outputs: [...nextPorts, ...others], nodes: body.nodes.length + 1 };
}

/** A traced function: its borders, what lies between them, and nothing else. */
export interface TracedGraph extends Pick<OnnxGraph, "nodes" | "constants"> {
  readonly inputs: readonly Border[];
  readonly outputs: readonly Border[];
}

/**
 * The graph of a function, without names for a reader.
 * @throws {EngineError} as {@link compile}
 */
export function traceGraph(fn: TensorFunction, spec: CompileSpec): TracedGraph {
  const { inputs, outputs, connect } = traceFunction(fn, spec);
  return { inputs, outputs, ...connect([]) };
}

/** A parameter or a result of a traced function: its name for people, and its name in the graph. */
export interface Border extends GraphPort {
  readonly symbol: string;
}

interface Traced {
  readonly inputs: readonly Border[];
  readonly outputs: readonly Border[];
  readonly shapes: NameShapes;
  /** The nodes and constants between the borders, with the nodes at the borders that connect them. */
  readonly connect: (exit: readonly GraphNode[]) => Pick<OnnxGraph, "nodes" | "constants">;
}

function traceFunction(fn: TensorFunction, { inputs = {}, constants = {} }: CompileSpec): Traced {
  return trace(({ graph, input, constant }) => {
    const tensors: Record<string, Tensor> = {};
    for (const [name, spec] of Object.entries(inputs)) tensors[name] = input(spec.shape, spec.dtype);
    const border = (name: string, tensor: Tensor): Border => ({ ...port(name, tensor), symbol: graph.nameOf(tensor) });
    const entered = Object.entries(tensors).map(([name, tensor]) => border(name, tensor));
    for (const [name, { data, shape }] of Object.entries(constants)) {
      tensors[name] = constant(data, shape, data instanceof Float32Array ? "float32" : "int32");
    }
    const results = fn(tensors);
    if (results instanceof Promise) throw new EngineError("an async function cannot be compiled");
    const outputs = Object.entries(results).map(([name, tensor]) => border(name, tensor));
    const live = graph.liveNodes(outputs.map(({ symbol }) => symbol));
    const connect: Traced["connect"] = exit => {
      const nodes = simplifyNodes([...live, ...exit], graph);
      const used = new Set(nodes.flatMap(node => node.inputs));
      return { nodes, constants: [...graph.constants.values()].filter(({ name }) => used.has(name)) };
    };
    return { inputs: entered, outputs, shapes: graph, connect };
  });
}

/** The graph between an entry and an exit; of the entry only what is used. */
function withBorders(
  { connect }: Traced,
  { entry, exit }: { readonly entry: readonly GraphNode[]; readonly exit: readonly GraphNode[] },
): Pick<OnnxGraph, "nodes" | "constants"> {
  const { nodes, constants } = connect(exit);
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return { nodes: [...entry.filter(({ outputs }) => used.has(outputs[0])), ...nodes], constants };
}

function port(name: string, tensor: Tensor): GraphPort {
  return { name, shape: tensor.shape, dtype: tensor.dtype as GraphPort["dtype"] };
}

function node(op: string, inputs: readonly string[], output: string, attributes: GraphNode["attributes"]): GraphNode {
  return { op, inputs, outputs: [output], attributes };
}

function identity(input: string, output: string): GraphNode {
  return node("Identity", [input], output, {});
}

function checkState(results: Readonly<Record<string, Border>>, state: LoopSpec["state"]): void {
  for (const [name, { shape }] of Object.entries(state)) {
    const next = results[name];
    if (next?.shape.join() !== shape.join()) {
      throw new EngineError(`the program's body must return the next value of its state "${name}"`, {
        expected: `shape (${shape.join(", ")}), ${sizeOf(shape)} values`,
        actual: next === undefined ? "nothing" : `shape (${next.shape.join(", ")})`,
      });
    }
  }
}

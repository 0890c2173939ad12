import onnxProto from "onnx-proto";
import { EngineError } from "../core/errors.js";
import { raiseNodes } from "./onnx-opset.js";

const { onnx } = onnxProto;
type Model = onnxProto.onnx.IModelProto;
type Graph = onnxProto.onnx.IGraphProto;
type Attribute = onnxProto.onnx.IAttributeProto;

/** A model in a chain: a serialised ModelProto, which of its values it takes from before, and what it is called. */
export interface ChainLink {
  readonly bytes: Uint8Array;
  /** Put before all its names but those of `kept`, so that they are no other link's. */
  readonly prefix: string;
  /** Names that stay: where the chain begins and ends, and where links meet. */
  readonly kept?: readonly string[];
  /** Names that become others: where links meet. */
  readonly renamed?: Readonly<Record<string, string>>;
}

/**
 * Several models as one: the nodes of each behind those of the one before, under one operator set, the newest of all.
 * @param links in the order in which they compute
 * @param borders names of the inputs, which are the first link's, and of the outputs, any link's
 * @returns the bytes of a ModelProto, and how many nodes it has
 * @throws {EngineError} when a link's operator set cannot be raised to that of the others
 */
export function joinModels(
  links: readonly ChainLink[],
  {
    outputs,
    metadata = {},
  }: { readonly outputs: readonly string[]; readonly metadata?: Readonly<Record<string, string>> },
): { readonly bytes: Uint8Array; readonly nodes: number } {
  const models = links.map(({ bytes }) => onnx.ModelProto.decode(bytes));
  const opset = Math.max(...models.map(opsetOf));
  const graphs = links.map((link, i) => renamedGraph(raisedGraph(models[i], opset), link));
  const node = graphs.flatMap(graph => graph.node ?? []);
  const ports = graphs.flatMap(graph => graph.output ?? []);
  const joined = onnx.ModelProto.create({
    irVersion: Math.max(...models.map(({ irVersion }) => Number(irVersion))),
    producerName: "hashbook",
    opsetImport: [{ domain: "", version: opset }, ...models.flatMap(othersOf)],
    functions: models.flatMap(({ functions }) => functions ?? []),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: "hashbook",
      node,
      initializer: graphs.flatMap(graph => graph.initializer ?? []),
      sparseInitializer: graphs.flatMap(graph => graph.sparseInitializer ?? []),
      input: graphs[0].input,
      output: outputs.map(name => ports.find(port => port.name === name) ?? { name }),
    },
  });
  return { bytes: onnx.ModelProto.encode(joined).finish(), nodes: node.length };
}

/** The version of ONNX's own operators. */
function opsetOf({ opsetImport }: Model): number {
  return Number(opsetImport?.find(({ domain }) => (domain ?? "") === "" || domain === "ai.onnx")?.version ?? 1);
}

/** Operators of others. */
function othersOf({ opsetImport }: Model): onnxProto.onnx.IOperatorSetIdProto[] {
  return (opsetImport ?? []).filter(({ domain }) => (domain ?? "") !== "" && domain !== "ai.onnx");
}

function raisedGraph(model: Model, to: number): Graph {
  const from = opsetOf(model);
  const graph = model.graph ?? {};
  if (from === to) return graph;
  if (model.functions?.length) {
    throw new EngineError("a model with functions of its own cannot be raised to another operator set", {
      expected: `opset ${to}: export it again, with PyTorch's opset_version=${to}`,
      actual: `opset ${from}`,
    });
  }
  const { nodes, constants } = raiseNodes(graph.node ?? [], { from, to });
  return { ...graph, node: [...nodes], initializer: [...(graph.initializer ?? []), ...constants] };
}

/** A graph whose values have the names that the link says. */
function renamedGraph(graph: Graph, { prefix, kept = [], renamed = {} }: ChainLink): Graph {
  const nameOf = (name: string | null | undefined): string => {
    if (!name) return ""; // an input that is left out
    if (Object.hasOwn(renamed, name)) return renamed[name];
    return kept.includes(name) ? name : `${prefix}${name}`;
  };
  const rename = (one: Graph): Graph => ({
    name: one.name,
    node: one.node?.map(node => ({
      ...node,
      name: nameOf(node.name),
      input: node.input?.map(nameOf),
      output: node.output?.map(nameOf),
      attribute: node.attribute?.map(attribute => renameInside(attribute, rename)),
    })),
    initializer: one.initializer?.map(tensor => ({ ...tensor, name: nameOf(tensor.name) })),
    sparseInitializer: one.sparseInitializer?.map(tensor => ({
      ...tensor,
      values: { ...tensor.values, name: nameOf(tensor.values?.name) },
    })),
    input: one.input?.map(port => ({ ...port, name: nameOf(port.name) })),
    output: one.output?.map(port => ({ ...port, name: nameOf(port.name) })),
  });
  return rename(graph);
}

/** Graphs inside nodes see the names outside. */
function renameInside(attribute: Attribute, rename: (graph: Graph) => Graph): Attribute {
  const { g, graphs } = attribute;
  if (!g && !graphs?.length) return attribute;
  return {
    ...attribute,
    ...(g ? { g: rename(g) } : {}),
    graphs: graphs?.map(one => rename(one)),
  };
}

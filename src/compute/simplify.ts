import type { GraphNode } from "./graph.js";

/** What is known about names in a graph. */
export interface NameShapes {
  shapeOf(name: string): readonly number[] | undefined;
}

/**
 * Leaves out what onnxruntime would not: a bias is added by the Gemm before it, and a result that other nodes read too
 * gets its output's name instead of a copy.
 * @param nodes in order of execution; the outputs of the graph are those of its Identity nodes at the end
 */
export function simplifyNodes(nodes: readonly GraphNode[], shapes: NameShapes): GraphNode[] {
  return withoutExitCopies(withBiases(nodes, shapes));
}

/** Gemm(A, B), then Add of a vector as long as a row, becomes Gemm(A, B, vector) when nobody else reads the product. */
function withBiases(nodes: readonly GraphNode[], shapes: NameShapes): GraphNode[] {
  const readers = readersOf(nodes);
  const products = new Map(nodes.filter(({ op }) => op === "Gemm").map(node => [node.outputs[0], node]));
  const absorbed = new Set<GraphNode>();
  const biased = nodes.map(node => {
    const product = node.op === "Add" ? products.get(node.inputs[0]) : undefined;
    if (product === undefined || readers.get(node.inputs[0]) !== 1) return node;
    const bias = shapes.shapeOf(node.inputs[1]);
    if (bias?.length !== 1 || bias[0] !== shapes.shapeOf(node.inputs[0])?.[1]) return node;
    absorbed.add(product);
    return { ...product, inputs: [...product.inputs, node.inputs[1]], outputs: node.outputs };
  });
  return biased.filter(node => !absorbed.has(node));
}

/** Names results as the outputs are named, where an Identity would copy them. */
function withoutExitCopies(nodes: readonly GraphNode[]): GraphNode[] {
  const made = new Set(nodes.filter(({ op }) => op !== "Identity").flatMap(({ outputs }) => outputs));
  const names = new Map<string, string>();
  const rest = nodes.filter(({ op, inputs: [from], outputs: [to] }) => {
    if (op !== "Identity" || !made.has(from) || names.has(from)) return true;
    names.set(from, to);
    return false;
  });
  const newName = (name: string): string => names.get(name) ?? name;
  return rest.map(node => ({ ...node, inputs: node.inputs.map(newName), outputs: node.outputs.map(newName) }));
}

function readersOf(nodes: readonly GraphNode[]): Map<string, number> {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

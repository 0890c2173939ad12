import type { GraphNode } from "./graph.js";
import type { NameShapes } from "./simplify.js";

/** Operations that do with each element what they do, wherever it lies. */
const ELEMENT_BY_ELEMENT = ["Add", "Relu", "Clip"];
/** Those, and joining along an axis, which then is another one. */
const SETTLED = new Set([...ELEMENT_BY_ELEMENT, "Concat"]);

/** A name that stands for another one with its axes in another order. */
interface Turned {
  readonly source: string;
  readonly perm: readonly number[];
}

/**
 * Moves each Transpose behind what works element by element or joins, until it meets another one and both are gone: between two
 * convolutions, which tfjs writes with channels last and ONNX with channels first, none is left. onnxruntime does so by
 * itself, but not before what comes between them is chosen here.
 * @param nodes in order of execution
 * @param outputs names of the graph's results, which they keep
 * @returns the same computation
 */
export function settleTransposes(
  nodes: readonly GraphNode[],
  { shapes, outputs }: { readonly shapes: NameShapes; readonly outputs: readonly string[] },
): GraphNode[] {
  const turned = new Map<string, Turned>();
  const sameAs = new Map<string, string>();
  const settled: GraphNode[] = [];
  const made = new Set<string>();
  const readable = (name: string): string => {
    const lazy = turned.get(name);
    if (lazy !== undefined && !made.has(name)) {
      made.add(name);
      settled.push({ op: "Transpose", inputs: [lazy.source], outputs: [name], attributes: { perm: lazy.perm } });
    }
    return sameAs.get(name) ?? name;
  };
  for (const node of nodes) {
    const [output] = node.outputs;
    if (node.op === "Transpose") {
      const { source, perm } = composePerms(node, turned, sameAs);
      if (perm.every((from, axis) => from === axis)) sameAs.set(output, source);
      else turned.set(output, { source, perm });
      continue;
    }
    const perm = SETTLED.has(node.op) ? commonPerm(node, turned, shapes) : undefined;
    if (perm === undefined) {
      settled.push({ ...node, inputs: node.inputs.map(readable) });
      continue;
    }
    const source = `${output}_settled`;
    const inputs = node.inputs.map(name => turned.get(name)?.source ?? name);
    settled.push({ ...node, inputs, outputs: [source], attributes: turnedAttributes(node, perm) });
    turned.set(output, { source, perm });
  }
  for (const name of outputs) {
    const found = readable(name);
    if (found !== name) settled.push({ op: "Identity", inputs: [found], outputs: [name], attributes: {} });
  }
  return settled;
}

/** Attributes of an operation on what its Transposes come from. */
function turnedAttributes({ op, attributes }: GraphNode, perm: readonly number[]): GraphNode["attributes"] {
  return op === "Concat" ? { ...attributes, axis: perm[attributes.axis as number] } : attributes;
}

/** What a Transpose gives, counted from before all Transposes that came to its input. */
function composePerms(
  { inputs: [input], attributes: { perm } }: GraphNode,
  turned: ReadonlyMap<string, Turned>,
  sameAs: ReadonlyMap<string, string>,
): Turned {
  const before = turned.get(input);
  const own = perm as readonly number[];
  if (before === undefined) return { source: sameAs.get(input) ?? input, perm: own };
  return { source: before.source, perm: own.map(axis => before.perm[axis]) };
}

/** The order of axes that all inputs have which are no scalars; undefined when they do not agree. */
function commonPerm(
  { inputs }: GraphNode,
  turned: ReadonlyMap<string, Turned>,
  shapes: NameShapes,
): readonly number[] | undefined {
  const arrays = inputs.filter(name => shapes.shapeOf(name)?.length !== 0);
  const perms = arrays.map(name => turned.get(name)?.perm);
  return perms.every(perm => perm !== undefined && perm.join() === perms[0]?.join()) ? perms[0] : undefined;
}

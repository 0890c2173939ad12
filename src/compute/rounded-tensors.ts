import type { KnownValues } from "./constant-values.js";
import type { GraphNode } from "./graph.js";

/** Which tensors of a graph are rounded to 8 bits. */
export interface RoundedTensors {
  /** The convolutions that compute in integers. */
  readonly convolutions: ReadonlySet<GraphNode>;
  /** Their names in the order in which the graph makes them; each has a range of its own. */
  readonly names: readonly string[];
  /** Names of tensors that hold values of another one and share its range: what a maximum over windows gives. */
  readonly sharing: ReadonlyMap<string, string>;
}

/** Channels of an image. */
const IMAGE_CHANNELS = 3;

/**
 * Chooses what is rounded: what goes into convolutions with constant filters and what comes out of them (behind their
 * activation, which the rounding then does), and sums of such tensors. Everything else stays in 32-bit floats: it is
 * little, as averages and heads are, or has no integer kernel. So do the convolution of the image, and depthwise ones
 * right behind it: with so few channels integers gain no time, and of EfficientNet-Lite0's error they would be a half.
 * @param nodes in order of execution, without transposes between the convolutions
 */
export function roundedTensors(
  nodes: readonly GraphNode[],
  constantOf: (name: string) => KnownValues | undefined,
): RoundedTensors {
  const readers = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  const names = new Set<string>();
  const convolutions = new Set<GraphNode>();
  const sharing = new Map<string, string>();
  const isRounded = (name: string): boolean => names.has(name) || sharing.has(name);
  for (const node of nodes) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (node.op === "Conv" && node.inputs.slice(1).every(name => constantOf(name) !== undefined)) {
      const channels = constantOf(node.inputs[1])!.shape[1]; // (out, in of the group, height, width)
      if (!isRounded(input) && channels <= IMAGE_CHANNELS) continue;
      convolutions.add(node);
      names.add(sharing.get(input) ?? input);
      names.add(activationBehind(output, readers));
    }
    if (node.op === "Add" && node.inputs.every(isRounded)) names.add(activationBehind(output, readers));
    if (node.op === "MaxPool" && isRounded(input)) sharing.set(output, sharing.get(input) ?? input);
  }
  return { names: [...names], sharing, convolutions };
}

/** The result of the activation behind a tensor, where nobody else reads the tensor. */
function activationBehind(name: string, readers: ReadonlyMap<string, readonly GraphNode[]>): string {
  const [reader, ...others] = readers.get(name) ?? [];
  const isActivation = reader?.op === "Relu" || reader?.op === "Clip";
  return isActivation && others.length === 0 ? reader.outputs[0] : name;
}

import { EngineError } from "../core/errors.js";
import type { KnownValues } from "./constant-values.js";
import { constantValues } from "./constant-values.js";
import type { GraphConstant, GraphNode } from "./graph.js";
import { liveNodes } from "./graph.js";
import type { Quantization } from "./quantization.js";
import { roundedTensors } from "./rounded-tensors.js";
import { settleTransposes } from "./settle-transposes.js";
import type { NameShapes } from "./simplify.js";

/** Nodes and constants of a graph. */
export interface GraphParts {
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly GraphConstant[];
}

/** What else is known of a graph. */
export interface GraphContext {
  readonly shapes: NameShapes;
  /** Names of the results. */
  readonly outputs: readonly string[];
}

/**
 * A graph whose convolutions and sums compute in 8-bit integers: QuantizeLinear and DequantizeLinear around each
 * (ONNX's QDQ form), which onnxruntime turns into its integer kernels. Values between are unsigned bytes over a range
 * each, filters signed bytes over a symmetric range of each output channel, biases 32-bit integers.
 * After Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
 * CVPR 2018 (arXiv 1712.05877), eq. 1-6; a range for each channel as Krishnamoorthi, arXiv 1806.08342, section 3.1.4.
 * @throws {EngineError} when the ranges are not as many as this graph's tensors
 */
export function quantizeGraph(graph: GraphParts, context: GraphContext, { ranges }: Quantization): GraphParts {
  const nodes = settleTransposes(graph.nodes, context);
  const constantOf = constantValues(nodes, graph.constants);
  const { names, sharing, convolutions } = roundedTensors(nodes, constantOf);
  if (names.length !== ranges.length) {
    throw new EngineError("the ranges of the 8-bit values are those of another network", {
      expected: `${names.length} ranges`,
      actual: `${ranges.length}`,
    });
  }
  const steps = new Map(names.map((name, i) => [name, byteSteps(ranges[i])]));
  const integers = nodes.map((node): GraphParts => {
    const { scale } = steps.get(sharing.get(node.inputs[0]) ?? node.inputs[0]) ?? {};
    if (scale === undefined || !convolutions.has(node)) return { nodes: [node], constants: [] };
    return integerConvolution(node, scale, constantOf);
  });
  const rounded = integers
    .flatMap(part => part.nodes)
    .flatMap(node => {
      const [output] = node.outputs;
      const owner = sharing.get(output) ?? output;
      return steps.has(owner) ? withRounding(node, owner) : [node];
    });
  const live = liveNodes(rounded, context.outputs);
  const used = new Set(live.flatMap(({ inputs }) => inputs));
  const constants = [
    ...graph.constants,
    ...[...steps].flatMap(([name, one]) => constantsOfSteps(name, one)),
    ...integers.flatMap(part => part.constants),
  ];
  return { nodes: live, constants: constants.filter(({ name }) => used.has(name)) };
}

/** What a step of an unsigned byte is worth, and which byte is zero. */
interface ByteSteps {
  readonly scale: number;
  readonly zero: number;
}

/** Steps that cover a range and zero, which padding and ReLU need exactly. */
function byteSteps([least, greatest]: readonly [number, number]): ByteSteps {
  const [low, high] = [Math.min(0, least), Math.max(0, greatest)];
  if (high === low) return { scale: 1, zero: 0 };
  // One float below (high − low)/255: a clip at the end of the range is then seen to do nothing, and left out.
  const scale = Math.fround(((high - low) / 255) * (1 - 2 ** -23));
  return { scale, zero: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

function constantsOfSteps(name: string, { scale, zero }: ByteSteps): GraphConstant[] {
  return [
    { name: `${name}_scale`, shape: [], dtype: "float32", values: Float32Array.of(scale) },
    { name: `${name}_zero`, shape: [], dtype: "uint8", values: Uint8Array.of(zero) },
  ];
}

/** A node whose result is rounded to bytes and back under its old name. */
function withRounding(node: GraphNode, steps: string): GraphNode[] {
  const [output] = node.outputs;
  const [exact, bytes] = [`${output}_exact`, `${output}_bytes`];
  const by = [`${steps}_scale`, `${steps}_zero`];
  return [
    { ...node, outputs: [exact] },
    { op: "QuantizeLinear", inputs: [exact, ...by], outputs: [bytes], attributes: {} },
    { op: "DequantizeLinear", inputs: [bytes, ...by], outputs: [output], attributes: {} },
  ];
}

/** The greatest signed byte that filters use; −128 is left out, so that the range is symmetric. */
const GREATEST = 127;

/** A convolution whose filter and bias are integers, and the nodes that read these as floats. */
function integerConvolution(
  node: GraphNode,
  inputScale: number,
  constantOf: (name: string) => KnownValues | undefined,
): GraphParts {
  const [input, filterName, biasName] = node.inputs;
  const [output] = node.outputs;
  const known = biasName === undefined ? undefined : constantOf(biasName);
  // So small a step that the bias has more than 2³⁰ of it, as channels have that training switched off, would wrap it round.
  const least = (channel: number): number => Math.abs(known?.values[channel] ?? 0) / (inputScale * 2 ** 30);
  const filter = integerFilter(constantOf(filterName)!, least, `${output}_filter`);
  const bias = known && integerBias(known.values, inputScale, filter.scales, `${output}_bias`);
  const parts = bias === undefined ? [filter] : [filter, bias];
  return {
    nodes: [
      ...parts.flatMap(part => part.nodes),
      { ...node, inputs: [input, ...parts.flatMap(part => part.nodes[0].outputs)] },
    ],
    constants: parts.flatMap(part => part.constants),
  };
}

/**
 * A filter (out, in of a group, height, width) as bytes over a symmetric range of each output channel.
 * @param leastScale of an output channel
 */
function integerFilter(
  { shape, values }: KnownValues,
  leastScale: (channel: number) => number,
  name: string,
): GraphParts & { readonly scales: Float32Array } {
  const [out] = shape;
  const size = values.length / out;
  const scales = Float32Array.from({ length: out }, (_, channel) => {
    let greatest = 0;
    for (let i = channel * size; i < (channel + 1) * size; i++) greatest = Math.max(greatest, Math.abs(values[i]));
    return Math.max(greatest / GREATEST, leastScale(channel)) || 1;
  });
  const bytes = new Int8Array(values.length);
  for (const [channel, scale] of scales.entries()) {
    bytes.set(roundedKeepingSum(values.subarray(channel * size, (channel + 1) * size), scale), channel * size);
  }
  return {
    scales,
    nodes: [dequantize([`${name}_bytes`, `${name}_scale`, `${name}_zero`], name)],
    constants: [
      { name: `${name}_bytes`, shape, dtype: "int8", values: bytes },
      { name: `${name}_scale`, shape: [out], dtype: "float32", values: scales },
      { name: `${name}_zero`, shape: [out], dtype: "int8", values: new Int8Array(out) },
    ],
  };
}

/**
 * Values in whole steps, so chosen that their sum is kept to half a step: the values nearest to a half are rounded the
 * other way. What comes in is seldom zero on average, behind ReLU never, so a sum that is off shifts a whole channel; on
 * EfficientNet-Lite0 that is four fifths of all that rounding filters does to features.
 */
function roundedKeepingSum(values: Float32Array, step: number): Int8Array {
  const rounded = new Int8Array(values.length);
  let sum = 0; // of what rounding adds to each, −½ to ½ of a step
  for (const [i, value] of values.entries()) {
    rounded[i] = Math.round(value / step);
    sum += rounded[i] - value / step;
  }
  const excess = Math.round(sum);
  const sign = Math.sign(excess);
  const binOf = (i: number): number => Math.floor(2 * BINS * sign * (rounded[i] - values[i] / step));
  const bins = new Int32Array(BINS + 1); // filters are long: counted, not sorted
  for (let i = 0; i < values.length; i++) if (binOf(i) >= 0) bins[binOf(i)]++;
  let [rest, least] = [Math.abs(excess), BINS + 1]; // all of the bins from `least` on, and `rest` of the one below
  while (rest > 0 && bins[least - 1] <= rest) rest -= bins[--least];
  for (let i = 0; i < values.length && excess !== 0; i++) {
    const bin = binOf(i);
    if (bin < least - 1 || (bin === least - 1 && rest-- <= 0)) continue;
    rounded[i] = Math.max(-GREATEST, Math.min(GREATEST, rounded[i] - sign));
  }
  return rounded;
}

/** By which errors of rounding are told apart. */
const BINS = 512;

/** A bias in the steps of the products that it is added to. */
function integerBias(bias: Float32Array, inputScale: number, filterScales: Float32Array, name: string): GraphParts {
  const scales = filterScales.map(scale => scale * inputScale);
  const values = Int32Array.from(bias, (value, channel) => Math.round(value / scales[channel]));
  const shape = [bias.length];
  return {
    nodes: [dequantize([`${name}_steps`, `${name}_scale`], name)],
    constants: [
      { name: `${name}_steps`, shape, dtype: "int32", values },
      { name: `${name}_scale`, shape, dtype: "float32", values: scales },
    ],
  };
}

function dequantize(inputs: readonly string[], output: string): GraphNode {
  return { op: "DequantizeLinear", inputs, outputs: [output], attributes: { axis: 0 } };
}

/**
 * The graph with the tensors among its results that {@link quantizeGraph} rounds, so that their ranges can be measured.
 * @returns their names and shapes, in the order of {@link Quantization.ranges}
 */
export function observedGraph(
  graph: GraphParts,
  context: GraphContext,
): GraphParts & { readonly observed: readonly string[] } {
  const nodes = settleTransposes(graph.nodes, context);
  const { names } = roundedTensors(nodes, constantValues(nodes, graph.constants));
  return { nodes, constants: graph.constants, observed: names };
}

import type { TensorInfo } from "@tensorflow/tfjs";
import type { Graph } from "../graph.js";

/**
 * Writes one tfjs kernel call into the graph and returns its output(s).
 * Input and attribute names are those of tfjs (tfjs-core `kernel_names.ts`).
 */
// biome-ignore lint/suspicious/noExplicitAny: each kernel has attributes of its own; tfjs hands them over untyped
export type Kernel = (graph: Graph, inputs: Record<string, TensorInfo>, attrs: any) => TensorInfo | TensorInfo[];

/** Kernels by their tfjs name. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** The same kind of kernel for each pair of a tfjs name and an ONNX operation. */
export function kernelTable(names: Readonly<Record<string, string>>, make: (op: string) => Kernel): KernelTable {
  return Object.fromEntries(Object.entries(names).map(([name, op]) => [name, make(op)]));
}

import { createHash } from "node:crypto";
import type { TypedArray } from "../core/arrays.js";
import { EngineError } from "../core/errors.js";
import type { CompiledModel } from "./compile.js";
import { compile, compileLoop, traceGraph } from "./compile.js";
import type { TensorSpec } from "./graph.js";
import type { Arrays, ProgramDefinition } from "./program.js";
import { specOf } from "./program.js";

/**
 * The ONNX model of a definition: a loop over steps where it has state, else one call.
 * @throws {EngineError} when the body cannot be compiled, or a program with state is to compute in 8-bit integers
 */
export function compileDefinition({
  inputs,
  constants,
  resident = {},
  state = {},
  body,
  quantization,
}: ProgramDefinition): CompiledModel {
  const bound = specsOf(resident);
  if (Object.keys(state).length === 0)
    return compile(body, { inputs: { ...inputs, ...bound }, constants, quantization });
  if (quantization !== undefined) throw new EngineError("a program with state cannot compute in 8-bit integers");
  return compileLoop(body, { inputs, constants, resident: bound, state: specsOf(state) });
}

function specsOf(arrays: Arrays): Record<string, TensorSpec> {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, specOf(array)]));
}

/**
 * A hash of what a definition computes: of its graph, its constants' values and the names and shapes of what goes in
 * and out. Two sources that compute the same by the same operations have the same hash; how symbols are called and in
 * what order independent nodes were traced does not count. The values of state and residents are not part of it.
 * @returns 64 hexadecimal digits
 * @throws {EngineError} when the body cannot be traced
 */
export function graphHash({ inputs, constants, resident = {}, state = {}, body }: ProgramDefinition): string {
  const graph = traceGraph(body, { inputs: { ...inputs, ...specsOf(resident), ...specsOf(state) }, constants });
  const hashes = new Map<string, string>([["", "nothing"]]);
  for (const { name, symbol, shape, dtype } of graph.inputs) hashes.set(symbol, digest(["input", name, shape, dtype]));
  for (const { name, shape, dtype, values } of graph.constants) {
    hashes.set(name, digest(["constant", shape, dtype], values));
  }
  for (const { op, inputs: from, outputs, attributes } of graph.nodes) {
    const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
    const node = digest([op, sorted, from.map(name => hashes.get(name))]);
    for (const [i, name] of outputs.entries()) hashes.set(name, `${node}/${i}`);
  }
  const results = graph.outputs.map(({ name, symbol, shape, dtype }) => [name, shape, dtype, hashes.get(symbol)]);
  return digest(results.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

function digest(what: unknown, values?: TypedArray): string {
  const hash = createHash("sha256").update(JSON.stringify(what));
  if (values !== undefined) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return hash.digest("hex");
}

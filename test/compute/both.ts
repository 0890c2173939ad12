import * as tf from "@tensorflow/tfjs";
import { expect } from "vitest";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { Arrays, Engine, FloatOrInt, ProgramDefinition } from "../../src/compute/program.js";
import type { NdArray } from "../../src/core/arrays.js";
import { sizeOf } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";

const compiled = onnxEngine("cpu", { threads: 1 });
let reference: Promise<Engine> | undefined;

/** Runs a body compiled and on tfjs' plain JavaScript backend; gives both outputs by name. */
export async function runBoth(
  inputs: Arrays,
  body: ProgramDefinition["body"],
): Promise<{ compiled: Record<string, NdArray>; eager: Record<string, NdArray> }> {
  reference ??= eagerEngine("cpu");
  const specs = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      { shape, dtype: data instanceof Float32Array ? ("float32" as const) : ("int32" as const) },
    ]),
  );
  const values: Record<string, FloatOrInt> = Object.fromEntries(
    Object.entries(inputs).map(([name, { data }]) => [name, data]),
  );
  const results: Record<string, NdArray>[] = [];
  for (const engine of [compiled, await reference]) {
    const program = await engine.prepare({ inputs: specs, body });
    results.push(await program.run(values));
    await program.dispose();
  }
  return { compiled: results[0], eager: results[1] };
}

/** Asserts that both engines agree in shape, and in value relative to the largest value. */
export async function expectAgreement(
  inputs: Arrays,
  body: ProgramDefinition["body"],
  tolerance = 1e-5,
): Promise<void> {
  const { compiled, eager } = await runBoth(inputs, body);
  expect(Object.keys(compiled).sort()).toEqual(Object.keys(eager).sort());
  for (const [name, { data, shape }] of Object.entries(eager)) {
    expect(compiled[name].shape, name).toEqual(shape);
    const numbers = Array.from(data, Number);
    const scale = Math.max(1e-2, ...numbers.map(value => (Number.isFinite(value) ? Math.abs(value) : 0)));
    Array.from(compiled[name].data, Number).forEach((value, i) => {
      if (Number.isFinite(numbers[i])) {
        expect(Math.abs(value - numbers[i]) / scale, `${name}[${i}]: ${value} for ${numbers[i]}`).toBeLessThan(
          tolerance,
        );
      } else expect(value, `${name}[${i}]`).toBe(numbers[i]);
    });
  }
}

/** Seeded values in [low, high). */
export function values(seed: number, shape: readonly number[], low = -2, high = 2): NdArray<Float32Array> {
  return { data: new Random(seed).uniforms(sizeOf(shape), low, high), shape };
}

export { tf };

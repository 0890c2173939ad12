import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { chooseEngine, firstThatRuns, openEngine } from "../../src/compute/engine.js";
import { mayHaveCuda } from "../../src/compute/gpu-devices.js";
import type { Engine } from "../../src/compute/program.js";
import { runSteps } from "../../src/compute/program.js";
import { engineCases } from "./engines.js";

afterEach(() => vi.unstubAllEnvs());

describe("chooseEngine", () => {
  it("takes the compiled CPU engine where no GPU engine is there, and says why", async () => {
    vi.stubEnv("HASHBOOK_ENGINE", "");
    const { engine, reason } = await chooseEngine();
    expect(engine.kind === "compiled" ? reason : "no GPU engine: ").toMatch(/no GPU engine: /);
  });

  it.skipIf(mayHaveCuda())("finds out that there is no NVIDIA GPU without loading TensorFlow", async () => {
    vi.stubEnv("HASHBOOK_ENGINE", "");
    const { reason } = await chooseEngine();
    expect(reason).toContain("TensorFlow needs an NVIDIA GPU, and there is none");
  });

  it("does what HASHBOOK_ENGINE says", async () => {
    vi.stubEnv("HASHBOOK_ENGINE", "wasm");
    const { engine, reason } = await chooseEngine();
    expect([engine.name, engine.kind, reason]).toEqual(["wasm", "eager", "asked for by HASHBOOK_ENGINE"]);
  });

  it("refuses an unknown engine and one that is not there, without falling back", async () => {
    vi.stubEnv("HASHBOOK_ENGINE", "tpu");
    await expect(chooseEngine()).rejects.toThrow(/unknown engine "tpu".*cpu, webgpu/);
    await expect(chooseEngine({ engine: "cuda" })).rejects.toThrow(
      /"cuda" does not run on this machine; found "(?!onnxruntime's)/,
    );
  });

  it("refuses int8 on an engine that does not compute it, also one that HASHBOOK_ENGINE says", async () => {
    vi.stubEnv("HASHBOOK_ENGINE", "");
    await expect(chooseEngine({ engine: "wasm", precision: "int8" })).rejects.toThrow(/int8 runs.*engine wasm/);
    expect((await chooseEngine({ precision: "int8" })).engine.name).toBe("cpu");
    vi.stubEnv("HASHBOOK_ENGINE", "tfjs-webgpu");
    await expect(chooseEngine({ precision: "int8" })).rejects.toThrow(/int8 runs.*engine tfjs-webgpu/);
  });
});

describe("firstThatRuns", () => {
  const cpu = () => openEngine({ engine: "cpu" });
  const broken = (failure: unknown): Engine => ({
    name: "webgpu",
    kind: "compiled",
    description: "a GPU",
    prepare: () => Promise.reject(failure),
  });

  it("takes the CPU where a GPU fails in a way nobody knows, when it opens or when it computes", async () => {
    const candidates = [
      { reason: "found", open: () => Promise.reject(new TypeError("driver of 2009\nat x")) },
      { reason: "found", open: () => Promise.reject("no error at all") },
      { reason: "found", open: async () => broken(new RangeError("odd")) },
    ];
    const { engine, reason } = await firstThatRuns(candidates, cpu);
    expect(engine.name).toBe("cpu");
    expect(reason).toBe(
      'no GPU engine: driver of 2009; no error at all; the engine "webgpu" does not run on this machine',
    );
  });

  it("takes the first that computes, and opens no other", async () => {
    const other = vi.fn(cpu);
    const { engine, reason } = await firstThatRuns(
      [
        { reason: "found wasm", open: () => openEngine({ engine: "wasm" }) },
        { reason: "other", open: other },
      ],
      cpu,
    );
    expect([engine.name, reason, engine.reason]).toEqual(["wasm", "found wasm", "found wasm"]);
    expect(other).not.toHaveBeenCalled();
  });
});

describe.each(engineCases())("engine $name", ({ name, skipped, open }) => {
  it.skipIf(skipped !== undefined)("gives what plain arithmetic gives, state and several calls included", async () => {
    const engine = await open();
    expect([engine.name, engine.reason]).toEqual([name, "asked for"]);
    const program = await engine.prepare({
      inputs: { x: { shape: [2, 3], dtype: "float32" } },
      constants: { w: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] } },
      state: { sum: { data: new Float32Array(4), shape: [2, 2] } },
      body: ({ x, w, sum }) => {
        const y = tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
        return { y, sum: tf.add(sum, y) };
      },
    });
    const x = Float32Array.of(1, 0, 0, 0, 1, 1);
    expect(Array.from((await program.run({ x })).y.data)).toEqual([1, 2, 8, 10]);
    await program.run({ x: x.map(value => 2 * value) });
    expect(Array.from((await program.readState()).sum.data)).toEqual([3, 6, 24, 30]);
    const several = await runSteps(program, [{ x }, { x: x.map(value => 3 * value) }, { x }]);
    expect(several.map(({ y }) => Array.from(y.data))).toEqual([
      [1, 2, 8, 10],
      [3, 6, 24, 30],
      [1, 2, 8, 10],
    ]);
    expect(Array.from((await program.readState()).sum.data)).toEqual([8, 16, 64, 80]);
    expect(await runSteps(program, [])).toEqual([]);
    await program.dispose();
  });

  it.skipIf(skipped !== undefined)("pads by a number of pixels, in convolutions and pooling", async () => {
    const engine = await open();
    const program = await engine.prepare({
      inputs: { x: { shape: [1, 3, 3, 1], dtype: "float32" }, w: { shape: [3, 3, 1, 1], dtype: "float32" } },
      body: ({ x, w }) => ({
        convolved: tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 1),
        pooled: tf.maxPool(tf.neg(x) as tf.Tensor4D, 3, 2, 1),
      }),
    });
    const outputs = await program.run({
      x: Float32Array.from({ length: 9 }, (_, i) => i + 1),
      w: new Float32Array(9).fill(1),
    });
    expect(Array.from(outputs.convolved.data)).toEqual([12, 16, 24, 28]);
    // the border counts as −∞, not 0
    expect(Array.from(outputs.pooled.data)).toEqual([-1, -2, -4, -5]);
    await program.dispose();
  });
});

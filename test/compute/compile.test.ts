import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { compile, compileLoop } from "../../src/compute/compile.js";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { Engine, ProgramDefinition } from "../../src/compute/program.js";
import { runSteps } from "../../src/compute/program.js";
import { EngineError, InputError } from "../../src/core/errors.js";
import { expectAgreement, tf, values } from "./both.js";

const vector = { shape: [3], dtype: "float32" } as const;

describe("compile", () => {
  it("names the kernel that has no row", () => {
    expect(() => compile(({ x }) => ({ y: tf.acosh(x) }), { inputs: { x: vector } })).toThrow(
      /kernel "Acosh" cannot be compiled.*HASHBOOK_ENGINE=wasm/,
    );
  });

  it("says what was read when a value is looked at", () => {
    const peek = () => compile(({ x }) => (x.add(1).arraySync() ? { y: x } : { y: x }), { inputs: { x: vector } });
    expect(peek).toThrow(EngineError);
    expect(peek).toThrow(/float32 tensor of shape \(3\) was read while tracing/);
  });

  it("refuses an async function and tensors that escape", () => {
    const late = (async ({ x }: { x: unknown }) => ({ x })) as never;
    expect(() => compile(late, { inputs: { x: vector } })).toThrow(/async/);
    expect(() => compile(({ x }) => ({ y: tf.keep(x.add(1)) }), { inputs: { x: vector } })).toThrow(
      /1 tensors outlive/,
    );
  });

  it("leaves backend and memory as they were, after success and after failure", async () => {
    await eagerEngine("cpu");
    const before = tf.memory().numTensors;
    for (let i = 0; i < 20; i++) {
      compile(({ x }) => ({ y: tf.grad(v => v.tanh().sum())(x) }), { inputs: { x: vector } });
      expect(() => compile(({ x }) => ({ y: tf.acosh(x) }), { inputs: { x: vector } })).toThrow();
    }
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.memory().numTensors).toBe(before);
    expect(Array.from(tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1).dataSync()))).toEqual([2, 3]);
  });

  it("takes eager tensors that the function closes over as constants, again and again", async () => {
    await eagerEngine("cpu");
    const outside = tf.tensor1d([10, 20, 30]);
    for (let i = 0; i < 2; i++) {
      await expectAgreement({ x: values(1, [3]) }, ({ x }) => ({ y: tf.mul(x, outside) }));
    }
    expect(Array.from(outside.dataSync())).toEqual([10, 20, 30]);
    outside.dispose();
  });

  it("stores uniform constants as scalars and drops what no output needs", () => {
    const model = compile(
      ({ x }) => {
        tf.exp(x); // not returned
        return { y: tf.add(x, tf.ones([1000, 3])) };
      },
      { inputs: { x: vector } },
    );
    expect(model.bytes.length).toBeLessThan(1000);
    const ops = onnxProto.onnx.ModelProto.decode(model.bytes).graph!.node!.map(node => node.opType);
    expect(ops).not.toContain("Exp");
  });

  it("keeps names: inputs, outputs, and state as <name>_next", () => {
    const model = compile(({ x, w }) => ({ w: w.add(x), loss: x.sum() }), { inputs: { x: vector, w: vector } });
    expect(model.inputs.map(port => port.name)).toEqual(["x", "w"]);
    expect(model.outputs.map(port => port.name)).toEqual(["w_next", "loss"]);
  });
});

describe("compileLoop", () => {
  it("refuses a state whose next value is missing or of another shape", () => {
    const state = { w: vector };
    expect(() => compileLoop(({ w }) => ({ loss: w.sum() }), { state })).toThrow(/"w".*3 values.*nothing/);
    expect(() => compileLoop(({ w }) => ({ w: w.sum() }), { state })).toThrow(/"w".*shape \(3\).*shape \(\)/);
  });
});

const engines: [string, () => Promise<Engine>][] = [
  ["cpu", async () => onnxEngine("cpu")],
  ["wasm", () => eagerEngine("wasm")],
  ["tfjs-cpu", () => eagerEngine("cpu")],
];

describe.each(engines)("a program on engine %s", (_name, open) => {
  it("moves its state on, reads residents, leaves what it was given alone", async () => {
    const engine = await open();
    const before = tf.memory().numTensors;
    const total = { data: Float32Array.of(1, 2), shape: [2] };
    const table = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] };
    const program = await engine.prepare({
      inputs: { row: { shape: [], dtype: "int32" } },
      constants: { scale: { data: Float32Array.of(10), shape: [1] } },
      resident: { table },
      state: { total },
      body: ({ row, scale, table: all, total: sum }) => {
        const next = tf.add(sum, tf.mul(tf.gather(all, row as tf.Tensor1D), scale));
        return { total: next, mean: tf.mean(next) };
      },
    });
    expect((await program.run({ row: Int32Array.of(2) })).mean.data).toEqual(Float32Array.of(56.5));
    const outputs = await program.run({ row: Int32Array.of(0) });
    expect(Object.keys(outputs)).toEqual(["mean"]);
    expect(outputs.mean).toEqual({ data: Float32Array.of(71.5), shape: [] });
    const state = await program.readState();
    expect(state.total).toEqual({ data: Float32Array.of(61, 82), shape: [2] });
    await program.run({ row: Int32Array.of(1) });
    expect(state.total.data[0]).toBe(61);
    expect(total.data).toEqual(Float32Array.of(1, 2));
    await program.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("gives the same bits step by step and many steps a call, an unchanged state and residents included", async () => {
    const engine = await open();
    const random = values(7, [6, 4]);
    const definition: ProgramDefinition = {
      inputs: { rows: { shape: [2], dtype: "int32" }, rate: { shape: [], dtype: "float32" } },
      resident: { table: random },
      state: { w: { data: new Float32Array(4).fill(0.1), shape: [4, 1] }, fixed: values(8, [1]) },
      body: ({ rows, rate, table, w, fixed }) => {
        const x = tf.gather(table, rows as tf.Tensor1D) as tf.Tensor2D;
        const loss = (weight: tf.Tensor): tf.Scalar =>
          tf.mean(tf.square(tf.sub(tf.tanh(tf.matMul(x, weight as tf.Tensor2D)), fixed))).asScalar();
        const { value, grads } = tf.valueAndGrads(loss)([w]);
        return { w: tf.sub(w, tf.mul(grads[0], rate)), fixed, loss: value, x };
      },
    };
    const steps = Array.from({ length: 5 }, (_, i) => ({
      rows: Int32Array.of(i, (2 * i) % 6),
      rate: Float32Array.of(0.1 * (i + 1)),
    }));
    const one = await engine.prepare(definition);
    const many = await engine.prepare(definition);
    const expected: Awaited<ReturnType<typeof one.run>>[] = [];
    for (const inputs of steps) expected.push(await one.run(inputs));
    expect(await runSteps(many, steps)).toEqual(expected);
    expect(await many.readState()).toEqual(await one.readState());
    expect(expected[4].x.data.subarray(0, 4)).toEqual(random.data.subarray(16, 20));
    await one.dispose();
    await many.dispose();
  });

  it("does not grow over 200 runs", async () => {
    const engine = await open();
    const program = await engine.prepare({
      inputs: { x: vector },
      state: { w: { data: new Float32Array(3), shape: [3] } },
      body: ({ x, w }) => {
        const { value, grads } = tf.valueAndGrads((a: tf.Tensor) => tf.mean(tf.square(tf.sub(a, x))).asScalar())([w]);
        return { w: tf.sub(w, tf.mul(grads[0], 0.1)), loss: value };
      },
    });
    await program.run({ x: Float32Array.of(1, 2, 3) });
    const before = tf.memory().numTensors;
    for (let i = 0; i < 200; i++) await program.run({ x: Float32Array.of(1, 2, 3) });
    expect(tf.memory().numTensors).toBe(before);
    expect((await program.readState()).w.data[2]).toBeCloseTo(3, 3);
    await program.dispose();
  });

  it("names an input of the wrong size or type", async () => {
    const program = await (await open()).prepare({ inputs: { x: vector }, body: ({ x }) => ({ y: x.neg() }) });
    await expect(program.run({ x: new Float32Array(4) })).rejects.toThrow(InputError);
    await expect(program.run({ x: new Int32Array(3) })).rejects.toThrow(/input "x".*3 values of float32.*Int32Array/);
    await program.dispose();
  });
});

describe("a compiled program", () => {
  it("refuses a body that forgets or reshapes its state", async () => {
    const state = { w: { data: new Float32Array(3), shape: [3] } };
    const engine = onnxEngine("cpu");
    await expect(engine.prepare({ state, body: ({ w }) => ({ y: w }) })).rejects.toThrow(/next value of its state "w"/);
    await expect(engine.prepare({ state, body: ({ w }) => ({ w: w.sum() }) })).rejects.toThrow(/shape \(3\)/);
  });
});

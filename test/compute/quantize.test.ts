import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tensor4D } from "@tensorflow/tfjs";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compute/compile.js";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import * as ort from "../../src/compute/onnxruntime.js";
import type { Arrays, Tensors } from "../../src/compute/program.js";
import type { Quantization } from "../../src/compute/quantization.js";
import { EngineError } from "../../src/core/errors.js";
import { Random } from "../../src/core/random.js";
import { tf } from "./both.js";

const engine = onnxEngine("cpu", { threads: 1 });

function within(...ranges: [number, number][]): Quantization {
  return { precision: "int8", ranges, calibration: { images: 1, seed: 0 } };
}

/** Whole numbers of −100 to 100, and in each output channel one 127, so that a step of the filter is 1. */
function wholeFilter(shape: [number, number, number, number], random: Random): Float32Array {
  const out = shape[3];
  const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] * out }, () => random.integer(201) - 100);
  for (let channel = 0; channel < out; channel++) data[channel] = 127;
  return data;
}

/** Output (y, x, channel) of a 3×3 convolution with zeros around, in loops. */
function naive(x: Float32Array, filter: Float32Array, side: number, [ins, outs]: [number, number]): Float32Array {
  const result = new Float32Array(side * side * outs);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      for (let o = 0; o < outs; o++)
        for (let dy = 0; dy < 3; dy++)
          for (let dx = 0; dx < 3; dx++)
            for (let i = 0; i < ins; i++) {
              const [y, z] = [row + dy - 1, column + dx - 1];
              if (y < 0 || z < 0 || y >= side || z >= side) continue;
              result[(row * side + column) * outs + o] +=
                x[(y * side + z) * ins + i] * filter[((dy * 3 + dx) * ins + i) * outs + o];
            }
  return result;
}

describe("int8 convolutions", () => {
  const side = 6;
  const random = new Random(1);
  const filter = wholeFilter([3, 3, 4, 8], random);
  const constants: Arrays = { filter: { data: filter, shape: [3, 3, 4, 8] } };
  const inputs = { x: { shape: [1, side, side, 4], dtype: "float32" } } as const;
  const body = (t: Tensors) => ({ y: tf.conv2d(t.x as Tensor4D, t.filter as Tensor4D, 1, "same") });

  it("are exact but for the rounding of the result, where values are whole steps", async () => {
    const x = Float32Array.from({ length: side * side * 4 }, () => random.integer(256));
    const exact = naive(x, filter, side, [4, 8]);
    const range = [Math.min(...exact), Math.max(...exact)] as [number, number];
    const program = await engine.prepare({ inputs, constants, body, quantization: within([0, 255], range) });
    const { y } = await program.run({ x });
    await program.dispose();
    const step = (range[1] - range[0]) / 255;
    for (const [i, value] of exact.entries()) expect(Math.abs(y.data[i] - value)).toBeLessThan(0.51 * step);
  });

  it("do not saturate with the greatest bytes and filters there are", async () => {
    const greatest: Arrays = { filter: { data: filter.map(() => 127), shape: [3, 3, 4, 8] } };
    const [x, top] = [new Float32Array(side * side * 4).fill(255), 9 * 4 * 127 * 255];
    const quantization = within([0, 255], [0, top]);
    const program = await engine.prepare({ inputs, constants: greatest, body, quantization });
    const { y } = await program.run({ x });
    await program.dispose();
    expect(Math.abs(y.data[(side + 1) * 8] - top)).toBeLessThan(top / 255);
  });

  it("keep the bias of a channel whose filter is next to nothing, which no 32 bits of its steps hold", async () => {
    const data = Float32Array.from({ length: 4 * 2 }, (_, i) => (i % 2 === 0 ? 1e-9 : 0.25)); // channel 0 is off
    const constants: Arrays = {
      filter: { data, shape: [1, 1, 4, 2] },
      bias: { data: Float32Array.of(0.5, -0.5), shape: [2] },
    };
    const biased = ({ x, filter, bias }: Tensors) => ({
      y: tf.fused.conv2d({ x: x as Tensor4D, filter: filter as Tensor4D, strides: 1, pad: "same", bias }),
    });
    const x = new Float32Array(side * side * 4).fill(1);
    for (const quantization of [undefined, within([0, 1], [-0.5, 0.5])]) {
      const program = await engine.prepare({ inputs, constants, body: biased, quantization });
      const { y } = await program.run({ x });
      await program.dispose();
      expect(y.data[0]).toBeCloseTo(0.5, 2);
      expect(y.data[1]).toBeCloseTo(0.5, 2);
    }
  });

  it("keep the sum of a filter, which rounding one by one does not", () => {
    const data = new Float32Array(36).fill(0.4);
    data[4] = 127;
    const one: Arrays = { filter: { data, shape: [3, 3, 4, 1] } };
    const small = { x: { shape: [1, 4, 4, 4], dtype: "float32" } } as const;
    const { bytes } = compile(body, { inputs: small, constants: one as never, quantization: within([0, 1], [0, 1]) });
    const { initializer } = onnxProto.onnx.ModelProto.decode(bytes).graph!;
    const stored = initializer!.find(({ dataType, dims }) => dataType === 3 && dims!.length === 4)!;
    const sum = Int8Array.from(stored.rawData!).reduce((total, value) => total + value, 0);
    expect(sum).toBe(141); // 127 + 35 · 0.4; each by itself would give 127
  });
});

describe("the int8 graph", () => {
  const random = new Random(2);
  const constants: Arrays = {
    first: { data: random.normals(9 * 4 * 4, 0.2), shape: [3, 3, 4, 4] },
    wide: { data: random.normals(4 * 16, 0.5), shape: [1, 1, 4, 16] },
    deep: { data: random.normals(9 * 16, 0.5), shape: [3, 3, 16, 1] },
    narrow: { data: random.normals(16 * 4, 0.3), shape: [1, 1, 16, 4] },
  };
  const inputs = { x: { shape: [2, 8, 8, 4], dtype: "float32" } } as const;
  const body = (t: Tensors): Tensors => {
    const images = t.x as Tensor4D;
    const first = tf.conv2d(images, t.first as Tensor4D, 1, "same");
    const expanded = tf.relu6(tf.conv2d(first, t.wide as Tensor4D, 1, "same"));
    const filtered = tf.relu6(tf.depthwiseConv2d(expanded, t.deep as Tensor4D, 1, "same"));
    const sum = tf.relu(tf.add(tf.conv2d(filtered, t.narrow as Tensor4D, 1, "same"), first)) as Tensor4D;
    return { y: tf.mean(tf.conv2d(tf.maxPool(sum, 3, 2, "same"), t.wide as Tensor4D, 1, "same"), [1, 2]) };
  };
  const quantization = within([-2, 2], [-4, 4], [0, 6], [0, 6], [-4, 4], [0, 7], [-8, 8]);

  it("becomes integer kernels of onnxruntime throughout", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hashbook-int8-"));
    try {
      const optimizedModelFilePath = join(folder, "optimised.onnx");
      const { bytes } = compile(body, { inputs, constants: constants as never, quantization });
      await (await ort.InferenceSession.create(bytes, { optimizedModelFilePath, logSeverityLevel: 3 })).release();
      const { node } = onnxProto.onnx.ModelProto.decode(await readFile(optimizedModelFilePath)).graph!;
      const count = (op: string): number => node!.filter(({ opType }) => opType === op).length;
      expect([count("QLinearConv"), count("QLinearAdd"), count("QuantizeLinear")]).toEqual([5, 1, 1]);
      expect(count("Conv") + count("FusedConv") + count("Relu") + count("Clip")).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("gives nearly what floats give", async () => {
    const x = random.uniforms(2 * 8 * 8 * 4, -2, 2);
    const outputs = [];
    for (const given of [undefined, quantization]) {
      const program = await engine.prepare({ inputs, constants, body, quantization: given });
      outputs.push((await program.run({ x })).y.data);
      await program.dispose();
    }
    const [exact, rounded] = outputs;
    let [error, size] = [0, 0];
    for (const [i, value] of exact.entries()) {
      error += (rounded[i] - value) ** 2;
      size += value ** 2;
    }
    expect(error).toBeGreaterThan(0);
    expect(error / size).toBeLessThan(1e-3);
  });

  it("refuses ranges of another network", () => {
    const other = within([0, 1], [0, 1]);
    expect(() => compile(body, { inputs, constants: constants as never, quantization: other })).toThrow(
      /another network.*7 ranges.*2/s,
    );
  });

  it("runs on the compiled CPU engine only", async () => {
    const wasm = await eagerEngine("wasm");
    const definition = { inputs, constants, body, quantization };
    await expect(wasm.prepare(definition)).rejects.toThrow(/int8 runs on the compiled CPU engine only.*engine wasm/s);
    await expect(onnxEngine("webgpu").prepare(definition)).rejects.toThrow(EngineError);
  });
});

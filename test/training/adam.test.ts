import { describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import { adamMoments, adamSchedule, adamStep } from "../../src/training/adam.js";

/** Adam as algorithm 1 of the paper writes it, in float64, for one number. */
function naiveAdam(start: number, gradients: readonly number[], lr: number): number {
  let [p, m, v] = [start, 0, 0];
  gradients.forEach((g, i) => {
    const t = i + 1;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    p -= (lr * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
  });
  return p;
}

describe("adamStep", () => {
  it("follows the paper's algorithm over 50 steps", async () => {
    const random = new Random(4);
    const w = { data: random.normals(3), shape: [3] };
    const gradients = Array.from({ length: 50 }, () => random.normals(3, 10 ** (random.uniform() * 4 - 3)));
    const scalar = { shape: [], dtype: "float32" } as const;
    const program = await onnxEngine("cpu").prepare({
      inputs: { g: { shape: [3], dtype: "float32" }, stepSize: scalar, correction: scalar },
      state: { w, ...adamMoments({ w }) },
      body: t => adamStep("w", t, t.g, { stepSize: t.stepSize, correction: t.correction }),
    });
    for (const [i, g] of gradients.entries()) {
      const { stepSize, correction } = adamSchedule(i + 1, 0.01);
      await program.run({ g, stepSize: Float32Array.of(stepSize), correction: Float32Array.of(correction) });
    }
    const result = (await program.readState()).w.data;
    await program.dispose();
    result.forEach((value, i) => {
      const expected = naiveAdam(
        w.data[i],
        gradients.map(g => g[i]),
        0.01,
      );
      expect(Math.abs(value - expected)).toBeLessThan(1e-5);
    });
  });
});

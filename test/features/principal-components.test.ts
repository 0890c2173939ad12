import { describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import { principalComponents } from "../../src/features/principal-components.js";

/** Variance of (n, dim) rows along a direction given by angles in a plane of the first two axes. */
function plane(n: number, dim: number, first: number, second: number): { data: Float32Array; shape: number[] } {
  const random = new Random(2);
  const data = new Float32Array(n * dim);
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  for (let i = 0; i < n; i++) {
    const [a] = random.normals(1, first);
    const [b] = random.normals(1, second);
    data[i * dim] = c * a - s * b + 5;
    data[i * dim + 1] = s * a + c * b - 3;
    for (let j = 2; j < dim; j++) data[i * dim + j] = random.normals(1, 0.05)[0] + j;
  }
  return { data, shape: [n, dim] };
}

describe("principalComponents", () => {
  it("finds the directions of greatest variance whatever the mean", async () => {
    const features = plane(400, 6, 3, 1);
    const { points, explained } = await principalComponents(features, { engine: onnxEngine("cpu") });
    expect(points.shape).toEqual([400, 2]);
    const mean = [0, 1].map(axis => points.data.reduce((sum, v, i) => sum + (i % 2 === axis ? v : 0), 0) / 400);
    expect(Math.abs(mean[0])).toBeLessThan(1e-3);
    expect(Math.abs(mean[1])).toBeLessThan(1e-3);
    // the first coordinate is the rotated first axis, up to sign and the sample's own tilt
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    let agree = 0;
    let norms = 0;
    for (let i = 0; i < 400; i++) {
      const along = c * (features.data[i * 6] - 5) + s * (features.data[i * 6 + 1] + 3);
      agree += along * points.data[i * 2];
      norms += along * along;
    }
    expect(Math.abs(agree / norms)).toBeGreaterThan(0.98);
    expect(explained[0]).toBeCloseTo(9 / 10, 1);
    expect(explained[0] + explained[1]).toBeGreaterThan(0.99);
    expect(explained[0] + explained[1]).toBeLessThanOrEqual(1.001);
  });
});

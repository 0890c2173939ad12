import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";

/** Noisy points around one centre a class: easy to learn, quick to train on. */
export function toyData(
  seed: number,
  { classes = 4, perClass = 40, dim = 12, noise = 0.7 } = {},
): { features: NdArray<Float32Array>; labels: Int32Array } {
  const random = new Random(seed);
  const centres = random.normals(classes * dim);
  const n = classes * perClass;
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
  const data = random.normals(n * dim, noise);
  for (let i = 0; i < n; i++) for (let j = 0; j < dim; j++) data[i * dim + j] += centres[labels[i] * dim + j];
  return { features: { data, shape: [n, dim] }, labels };
}

/** Row numbers from..to−1. */
export function rows(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}

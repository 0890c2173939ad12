import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";

/** Labelled products whose pictures vary about a centre each, most in directions that tell nothing. */
export function toyChallenge({ products = 12, each = 5, dim = 10, noise = 1.5, seed = 1 } = {}) {
  const n = products * each;
  const labels = Int32Array.from({ length: n }, (_, row) => row % products);
  const dataset: Dataset<Int32Array> = {
    name: "toy",
    description: "",
    classNames: Array.from({ length: products }, (_, i) => `P${i}`),
    ids: Array.from(labels, (label, row) => `P${label}/${row}.jpg`),
    labels,
    contentHash: "",
    image: async () => "",
  };
  const random = new Random(seed);
  const centres = random.normals(products * dim);
  const features = {
    data: random
      .normals(n * dim, noise)
      .map((value, at) => value + centres[labels[Math.floor(at / dim)] * dim + (at % dim)]),
    shape: [n, dim],
  };
  return { engine: onnxEngine("cpu"), dataset, features };
}

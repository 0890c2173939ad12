import * as tf from "@tensorflow/tfjs";
import type { Backbone } from "../../src/backbone/backbone.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import type { RawImage } from "../../src/datasets/image-input.js";

/** Images of one grey each, in two classes. */
export function greyDataset(count: number, image?: (row: number) => Promise<RawImage | Uint8Array>): Dataset {
  const grey = async (row: number): Promise<RawImage> => {
    return { data: new Uint8Array(64).fill(row % 256), width: 8, height: 8, channels: 1 };
  };
  return {
    name: "grey",
    description: "made for a test",
    classNames: ["even", "odd"],
    ids: Array.from({ length: count }, (_, row) => `grey/${row}`),
    labels: Int32Array.from({ length: count }, (_, row) => row % 2),
    contentHash: `grey ${count}`,
    image: image ?? grey,
  };
}

/** A backbone of one linear layer on the mean colour: features are known in closed form. */
export function linearBackbone(dim = 5): Backbone {
  const weight = { data: new Random(3).normals(3 * dim), shape: [3, dim] };
  return {
    name: "linear",
    dim,
    preprocessing: { resize: 8, crop: 8, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" },
    weights: { weight },
    weightsHash: "none",
    forward: (images, weights) => tf.matMul(tf.mean<tf.Tensor2D>(images, [1, 2]), weights.weight as tf.Tensor2D),
  };
}

/** What {@link linearBackbone} makes of row `row` of {@link greyDataset}. */
export function expectedFeature(backbone: Backbone, row: number): number[] {
  const { data } = backbone.weights.weight;
  const sums = Array.from(
    { length: backbone.dim },
    (_, j) => data[j] + data[backbone.dim + j] + data[2 * backbone.dim + j],
  );
  return sums.map(sum => (sum * (row % 256)) / 255);
}

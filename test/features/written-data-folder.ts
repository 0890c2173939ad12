import { join } from "node:path";
import type { NdArray } from "../../src/core/arrays.js";
import type { Labels } from "../../src/core/labels.js";
import { labelCount } from "../../src/core/labels.js";
import { writeNpy } from "../../src/core/npy.js";
import type { Split } from "../../src/datasets/roles.js";
import { writeItems } from "../../src/features/data-folder.js";
import { writeFeatureManifest } from "../../src/features/feature-manifest.js";

/** Writes a data folder as `extract` does, of items that have no images; features are (n, 3) of 1 unless given. */
export async function writeDataFolder(
  folder: string,
  items: {
    classNames: readonly string[];
    labels: Labels;
    ids?: readonly string[];
    roles?: Split;
    features?: NdArray<Float32Array>;
    /** Default "made for a test". */
    dataset?: string;
  },
): Promise<void> {
  const { classNames, labels, roles, dataset = "made for a test" } = items;
  const rows = labelCount(labels);
  const features = items.features ?? { data: new Float32Array(rows * 3).fill(1), shape: [rows, 3] };
  const ids = items.ids ?? Array.from({ length: rows }, (_, row) => `${folder}/${row}`);
  const contentHash = JSON.stringify([classNames, ids, labels]);
  await writeItems(folder, { ids, labels, contentHash, ...(roles === undefined ? {} : { roles }) }, [0, rows]);
  await writeNpy(join(folder, "features.npy"), features);
  await writeFeatureManifest(folder, {
    format: 1,
    dataset,
    contentHash,
    classNames,
    backbone: "none",
    weightsHash: "none",
    preprocessing: { resize: 8, crop: 8, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" },
    engine: "none",
    shape: [rows, features.shape[1]],
    version: "0",
  });
}

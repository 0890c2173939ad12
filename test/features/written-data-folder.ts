import { join } from "node:path";
import type { Labels } from "../../src/core/labels.js";
import { labelCount } from "../../src/core/labels.js";
import { writeNpy } from "../../src/core/npy.js";
import type { Split } from "../../src/datasets/roles.js";
import { writeItems } from "../../src/features/data-folder.js";
import { writeFeatureManifest } from "../../src/features/feature-manifest.js";

/** Writes a data folder as `extract` does, of items that have no images; features are 1. */
export async function writeDataFolder(
  folder: string,
  items: { classNames: readonly string[]; labels: Labels; ids?: readonly string[]; roles?: Split; dim?: number },
): Promise<void> {
  const { classNames, labels, roles, dim = 3 } = items;
  const rows = labelCount(labels);
  const ids = items.ids ?? Array.from({ length: rows }, (_, row) => `${folder}/${row}`);
  const contentHash = JSON.stringify([classNames, ids, labels]);
  await writeItems(folder, { ids, labels, contentHash, ...(roles === undefined ? {} : { roles }) }, [0, rows]);
  await writeNpy(join(folder, "features.npy"), { data: new Float32Array(rows * dim).fill(1), shape: [rows, dim] });
  await writeFeatureManifest(folder, {
    format: 1,
    dataset: "made for a test",
    contentHash,
    classNames,
    backbone: "none",
    weightsHash: "none",
    preprocessing: { resize: 8, crop: 8, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" },
    engine: "none",
    shape: [rows, dim],
    version: "0",
  });
}

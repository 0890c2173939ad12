import { createHash } from "node:crypto";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import type { DataFolder } from "./data-folder.js";
import { readSource, sourceRows, writeDerived } from "./derived-folder.js";
import type { FeatureFolder } from "./extract.js";
import { manifestKey } from "./feature-identity.js";
import type { FeatureManifest, FeaturePart } from "./feature-manifest.js";
import { openFeatureRows } from "./feature-rows.js";
import { distinctSeen } from "./seen-items.js";
import { addUnitRows } from "./unit-rows.js";

/** Settings of {@link joinFeatures}. */
export interface JoinFeaturesOptions {
  /** A number above 0 for each folder. Default 1 each. */
  readonly weights?: readonly number[];
  /** Where to write. Default: a folder of its own beside features that have none, named by what they are. */
  readonly out?: string;
  readonly onProgress?: ProgressListener;
}

/**
 * Puts features of several networks or settings side by side, into a data folder of its own: of each item the parts, each
 * of length 1 times its weight. The inner product of two, and their cosine, is then the mean of the parts' cosines, weighted
 * by the squares of the weights.
 * @param folders two or more data folders of the same items in the same order
 * @throws {InputError} when they are of other items, or the weights are no numbers above 0, one a folder
 */
export async function joinFeatures(
  folders: readonly string[],
  { weights = folders.map(() => 1), out, onProgress }: JoinFeaturesOptions = {},
): Promise<FeatureFolder> {
  checkWeights(folders, weights);
  const sources: DataFolder[] = [];
  for (const folder of folders) sources.push(await readSource(folder));
  for (const other of sources.slice(1)) checkSameItems(other, sources[0]);
  for (const { folder, manifest } of sources) checkSingle(manifest, folder);
  checkDifferent(sources);
  const manifest = joinedManifest(sources, weights);
  const parts = await Promise.all(sources.map(({ featuresFile }) => openFeatureRows(featuresFile)));
  const [, stride] = manifest.shape;
  const values = async (begin: number, end: number): Promise<Float32Array> => {
    const joined = new Float32Array((end - begin) * stride); // (rows, dim of all)
    let offset = 0;
    for (const [i, part] of parts.entries()) {
      const [, dim] = part.shape;
      addUnitRows(joined, await sourceRows(part, begin, end), { dim, weight: weights[i], stride, offset });
      offset += dim;
    }
    return joined;
  };
  const name = `${manifest.dataset.replace(/[^\w-]+/g, "_")}-joined-${manifestKey(manifest)}`;
  const folder = out ?? dataPath("features", name);
  return writeDerived(folder, { sources, manifest, values, onProgress, task: "joining features" });
}

function checkWeights(folders: readonly string[], weights: readonly number[]): void {
  if (folders.length >= 2 && weights.length === folders.length && weights.every(one => one > 0 && one < Infinity))
    return;
  throw new InputError("these features cannot be joined so", {
    expected: "two data folders or more, and a weight above 0 for each",
    actual: `${folders.length} folders, weights ${weights.join(", ")}`,
  });
}

function checkSameItems(other: DataFolder, first: DataFolder): void {
  const fault = (what: string, expected: string, actual: string): InputError =>
    new InputError(`is of other items than ${first.folder}: ${what}`, { file: other.folder, expected, actual });
  const [one, two] = [first.manifest, other.manifest];
  if (one.contentHash !== two.contentHash) throw fault("another dataset", one.contentHash, two.contentHash);
  if (first.ids.length !== other.ids.length) {
    throw fault("another number of rows", `${first.ids.length}`, `${other.ids.length}`);
  }
  const row = first.ids.findIndex((id, i) => id !== other.ids[i]);
  if (row >= 0) throw fault(`another image in row ${row}`, first.ids[row], other.ids[row]);
}

/** Parts of parts would hide what they are. */
function checkSingle({ parts }: FeatureManifest, folder: string): void {
  if (parts === undefined) return;
  throw new InputError("these features are joined already", {
    file: join(folder, "manifest.json"),
    expected: "the folders that they were joined of, all in one call",
  });
}

/** Features beside themselves rank as they do alone. */
function checkDifferent(sources: readonly DataFolder[]): void {
  const whose = new Map<string, string>();
  for (const { folder, manifest } of sources) {
    const features = JSON.stringify(partOf(manifest, 1));
    const earlier = whose.get(features);
    if (earlier !== undefined) {
      throw new InputError(`these are the same features as those of ${earlier}`, {
        file: folder,
        expected: "features of another network or of other settings",
      });
    }
    whose.set(features, folder);
  }
}

function joinedManifest(sources: readonly DataFolder[], weights: readonly number[]): FeatureManifest {
  const parts = sources.map(({ manifest }, i) => partOf(manifest, weights[i]));
  const manifests = sources.map(({ manifest }) => manifest);
  const [{ format, dataset, contentHash, classNames, synthetic, mergedProducts, version, ...one }] = manifests;
  const seen = distinctSeen(manifests.flatMap(manifest => manifest.seen ?? []));
  return {
    ...{ format, dataset, contentHash, classNames, ...(synthetic ? { synthetic } : {}) },
    ...(mergedProducts === undefined ? {} : { mergedProducts }),
    backbone: parts.map(({ backbone }) => backbone).join(" + "),
    weightsHash: createHash("sha256").update(JSON.stringify(parts)).digest("hex"),
    ...(seen.length === 0 ? {} : { seen }),
    preprocessing: one.preprocessing, // of the first part; `parts` says that of each
    parts,
    engine: [...new Set(manifests.map(({ engine }) => engine))].join(" + "),
    shape: [one.shape[0], parts.reduce((sum, { dim }) => sum + dim, 0)],
    version,
  };
}

/** What a manifest says of the features, without what it says of items and machine. */
function partOf(manifest: FeatureManifest, weight: number): FeaturePart {
  const { backbone, layer, pool, weightsHash, preprocessing, quantization, whitened, shape } = manifest;
  return {
    weight,
    dim: shape[1],
    backbone,
    ...(layer === undefined ? {} : { layer }),
    ...(pool === undefined ? {} : { pool }),
    weightsHash,
    preprocessing,
    ...(quantization === undefined ? {} : { quantization }),
    ...(whitened === undefined ? {} : { whitened }),
  };
}

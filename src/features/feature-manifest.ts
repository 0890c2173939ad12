import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Backbone } from "../backbone/backbone.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import { version } from "../core/version.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Preprocessing } from "../images/preprocess.js";

/** One of several equal parts of a dataset, worked on by one machine. */
export interface Shard {
  /** 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

/** How a feature matrix was made: everything that shaped it. Stored beside it as manifest.json. */
export interface FeatureManifest {
  readonly dataset: string;
  /** The dataset's content hash. */
  readonly contentHash: string;
  readonly backbone: string;
  /** Where in the network, when not at its pooled end. */
  readonly layer?: string;
  readonly weightsHash: string;
  readonly preprocessing: Preprocessing;
  /** Engine that computed it; engines agree to 1e-4, not to the bit. */
  readonly engine: string;
  /** Rows and columns of the matrix. */
  readonly shape: readonly [number, number];
  /** Version of this package. */
  readonly version: string;
  /** When the matrix is a part: which one, and the dataset's rows [begin, end) in it. */
  readonly shard?: Shard & { readonly rows: readonly [number, number] };
  /** No part of what the features are: the engine in full, why it was chosen, and images an engine call. */
  readonly run?: { readonly engine: string; readonly reason?: string; readonly images?: number };
}

/**
 * The rows [begin, end) of a shard. Shards begin at multiples of the batch, so that the batches, and with them the
 * bits of the result, are those of an undivided run.
 * @throws {InputError} when index is not in 1..of
 */
export function shardRows(rows: number, { index, of }: Shard, batch: number): [number, number] {
  if (!(Number.isInteger(index) && Number.isInteger(of) && index >= 1 && index <= of)) {
    throw new InputError("there is no such shard", {
      expected: "1 ≤ i ≤ n of whole numbers",
      actual: `${index}/${of}`,
    });
  }
  const batches = Math.ceil(rows / batch);
  const at = (shard: number): number => Math.min(rows, Math.floor((batches * shard) / of) * batch);
  return [at(index - 1), at(index)];
}

/** The manifest of features about to be made. */
export function featureManifestOf(
  dataset: Dataset,
  backbone: Backbone,
  engine: Engine,
  { batchSize, shard }: { batchSize: number; shard?: Shard },
): FeatureManifest {
  const rows = shard === undefined ? undefined : shardRows(dataset.ids.length, shard, batchSize);
  return {
    dataset: dataset.name,
    contentHash: dataset.contentHash,
    backbone: backbone.name,
    ...(backbone.layer === undefined ? {} : { layer: backbone.layer }),
    weightsHash: backbone.weightsHash,
    preprocessing: backbone.preprocessing,
    engine: engine.name,
    shape: [rows === undefined ? dataset.ids.length : rows[1] - rows[0], backbone.dim],
    version,
    ...(shard === undefined || rows === undefined ? {} : { shard: { ...shard, rows } }),
    run: {
      engine: engine.description,
      ...(engine.reason === undefined ? {} : { reason: engine.reason }),
      images: batchSize,
    },
  };
}

/** What the features are, without who made them and when. */
function identity({ run: _, ...rest }: FeatureManifest): string {
  return JSON.stringify(rest);
}

/** Twelve hexadecimal digits that stand for what the features are. */
export function manifestKey(manifest: FeatureManifest): string {
  return createHash("sha256").update(identity(manifest)).digest("hex").slice(0, 12);
}

/** True when two manifests describe the same features, whoever made them. */
export function sameFeatures(one: FeatureManifest, other: FeatureManifest): boolean {
  return identity(one) === identity(other);
}

/** Writes manifest.json into a folder. */
export async function writeFeatureManifest(folder: string, manifest: FeatureManifest): Promise<void> {
  await writeAtomically(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * The manifest of a folder of features; undefined when it has none.
 * @throws {InputError} when it is no JSON
 */
export async function readFeatureManifest(folder: string): Promise<FeatureManifest | undefined> {
  const file = join(folder, "manifest.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as FeatureManifest;
  } catch (cause) {
    throw new InputError("the manifest is damaged", { file, actual: (cause as Error).message, cause });
  }
}

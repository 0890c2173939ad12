import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describeQuantization } from "../compute/quantization.js";
import { InputError } from "../core/errors.js";
import type { DataFolder } from "./data-folder.js";
import { readDataFolder } from "./data-folder.js";
import { DistinctIds } from "./distinct-ids.js";
import { differencesOf, sameFeatures } from "./feature-identity.js";
import type { FeatureManifest, Shard } from "./feature-manifest.js";

/** The data folder of one of several parts of a dataset. */
export interface ShardFolder extends DataFolder {
  readonly shard: NonNullable<FeatureManifest["shard"]>;
}

/** The name of a shard's folder below the folder of all: `shard-2-of-8`. */
export function shardFolder(folder: string, shard: Shard): string {
  return join(folder, nameOf(shard));
}

function nameOf({ index, of }: Shard): string {
  return `shard-${index}-of-${of}`;
}

/**
 * Checks that a folder holds no shards of another division than the one a new shard is of.
 * @throws {InputError} naming one that is
 */
export async function checkDivision(folder: string, { of }: Shard): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const other = names.find(name => shardOf(name) !== undefined && shardOf(name)!.of !== of);
  if (other === undefined) return;
  throw new InputError("there are shards of another division", {
    file: join(folder, other),
    expected: `shards of ${of}: remove it, or take another --out`,
  });
}

/**
 * The shards of an extraction, the folders `shard-<i>-of-<n>` below `folder`, in order: they tile the dataset.
 * @throws {InputError} naming what is missing, doubled, not finished, or does not belong to the others
 */
export async function readShards(folder: string): Promise<ShardFolder[]> {
  const shards = (await namesIn(folder)).map(name => shardOf(name)!);
  shards.sort((a, b) => a.index - b.index);
  checkComplete(folder, shards);
  const parts: ShardFolder[] = [];
  for (const shard of shards) parts.push(await readShard(shardFolder(folder, shard), shard));
  for (const part of parts) checkAlike(part, parts[0]);
  checkTiling(parts);
  checkIds(parts);
  return parts;
}

/** What a folder of this name is a shard of; undefined when it is none. */
function shardOf(name: string): Shard | undefined {
  const [, index, of] = /^shard-(\d+)-of-(\d+)$/.exec(name) ?? [];
  if (index === undefined) return undefined;
  const shard = { index: Number(index), of: Number(of) };
  return nameOf(shard) === name ? shard : undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  const expected = "a folder of shards, folders shard-<i>-of-<n>";
  const entries = await readdir(folder).catch((cause: Error) => {
    throw new InputError("cannot be read", { file: folder, expected, actual: cause.message, cause });
  });
  const names = entries.filter(name => name.startsWith("shard"));
  if (names.length === 0) throw new InputError("there are no shards", { file: folder, expected, actual: "none" });
  const stray = names.find(name => shardOf(name) === undefined);
  if (stray === undefined) return names;
  throw new InputError("is no shard, but lies among them", {
    file: join(folder, stray),
    expected: "folders shard-<i>-of-<n>, one for each part: take it away, or give it its name",
  });
}

/** @param shards by ascending index */
function checkComplete(folder: string, shards: readonly Shard[]): void {
  const counts = [...new Set(shards.map(({ of }) => of))];
  if (counts.length > 1) {
    const most = counts.map(of => shards.filter(shard => shard.of === of).length);
    const of = counts[most.indexOf(Math.max(...most))];
    throw new InputError("is a shard of another division", {
      file: shardFolder(folder, shards.find(shard => shard.of !== of)!),
      expected: `shards of ${of}, as ${nameOf(shards.find(shard => shard.of === of)!)} is: take one division away`,
    });
  }
  const [of] = counts;
  const foreign = shards.find(({ index }) => index < 1 || index > of);
  if (foreign !== undefined) {
    throw new InputError("there can be no such shard", { file: shardFolder(folder, foreign), expected: `1 to ${of}` });
  }
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter(i => !shards.some(({ index }) => index === i));
  if (missing.length === 0) return;
  throw new InputError("these are not all shards of the extraction", {
    file: folder,
    expected: `each of 1 to ${of}: \`hashbook extract --shard\` makes those that are missing`,
    actual: `none of number ${missing.join(", ")}`,
  });
}

async function readShard(folder: string, { index, of }: Shard): Promise<ShardFolder> {
  const part = await readDataFolder(folder);
  const { shard, shape } = part.manifest;
  const file = join(folder, "manifest.json");
  if (shard?.index !== index || shard.of !== of) {
    throw new InputError("is another part than its folder says", {
      file,
      expected: `shard ${index} of ${of}`,
      actual: shard === undefined ? "features of a whole dataset" : `shard ${shard.index} of ${shard.of}`,
    });
  }
  const [begin, end] = shard.rows;
  if (end - begin === shape[0]) return { ...part, shard };
  const actual = `rows ${begin} to ${end} in a matrix of ${shape[0]}`;
  throw new InputError("the rows of this shard are not those of its matrix", { file, actual });
}

function checkAlike(part: ShardFolder, first: ShardFolder): void {
  const common = ({ manifest }: ShardFolder): FeatureManifest => {
    const { shard: _, ...rest } = manifest;
    return { ...rest, shape: [0, manifest.shape[1]] };
  };
  const [one, other] = [common(part), common(first)];
  if (sameFeatures(one, other)) return;
  const file = join(part.folder, "manifest.json");
  const fault = "this shard was made in another way than the first";
  if (one.quantization !== undefined && other.quantization !== undefined) {
    if (!isDeepStrictEqual(one.quantization, other.quantization)) {
      const expected =
        "the ranges of the first: `hashbook extract --precision int8 --ranges FOLDER` of it, into an empty folder " +
        `(${describeQuantization(other.quantization)})`;
      throw new InputError(fault, { file, expected, actual: describeQuantization(one.quantization) });
    }
  }
  throw new InputError(fault, {
    file,
    expected: "the same network, preprocessing, engine and version: extract it again, into an empty folder",
    actual: `another one by ${differencesOf(one, other)}`,
  });
}

function checkTiling(parts: readonly ShardFolder[]): void {
  let next = 0;
  for (const { folder, shard } of parts) {
    const [begin, end] = shard.rows;
    if (begin !== next) {
      const fault =
        begin < next ? "has rows that the shard before it has" : "leaves rows out behind the shard before it";
      throw new InputError(fault, {
        file: join(folder, "manifest.json"),
        expected: `to begin at row ${next}; remove shards that an earlier version made, and extract them again`,
        actual: `row ${begin}`,
      });
    }
    next = end;
  }
}

/** Two rows of one image are two parts with the same rows, whatever their manifests say. */
function checkIds(parts: readonly ShardFolder[]): void {
  const folders = new DistinctIds<string>();
  for (const { folder, ids } of parts) {
    for (const id of ids) {
      const before = folders.add(id, folder);
      if (before === undefined) continue;
      const actual = `${id}, which is in ${before} too`;
      throw new InputError("has an image of another shard", { file: join(folder, "ids.txt"), actual });
    }
  }
}

import { join, resolve } from "node:path";
import { classesOf } from "../core/classes-of-items.js";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, listOf, objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import type { Labels } from "../core/labels.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { UNKNOWN } from "../datasets/dataset.js";
import { fileDigests, fileStatuses, objectionToStatus } from "../datasets/file-tasks.js";
import type { Split } from "../datasets/roles.js";
import { splitOfPart } from "../datasets/roles.js";
import { sampledBlocks } from "../datasets/sampled-blocks.js";
import type { Shard } from "./feature-manifest.js";
import { shardRows } from "./feature-manifest.js";

/** What there is to say of a dataset beside its items. */
type DatasetWords = Pick<
  Dataset,
  "name" | "description" | "classNames" | "contentHash" | "synthetic" | "mergedProducts" | "passedOver"
>;

/** A part of a dataset of files: all that a machine needs to work on it without looking at another file of the dataset. */
interface ShardList {
  readonly dataset: DatasetWords;
  /** Items of the whole dataset. */
  readonly items: number;
  /** Row of the dataset that the first of this part is. */
  readonly from: number;
  /** Folder of the dataset, in which the ids are paths. */
  readonly root: string;
  /** The part's ids, the sizes of their files in bytes, and the digests of their sampled blocks. */
  readonly ids: readonly string[];
  readonly sizes: readonly number[];
  readonly digests: readonly string[];
  /** Class of each, or its classes where they may be several. */
  readonly labels: readonly (number | readonly number[])[];
  /** Roles as rows of the part. */
  readonly roles?: Omit<Split, "query" | "train" | "database"> & {
    readonly query: readonly number[];
    readonly train: readonly number[];
    readonly database: readonly number[];
  };
}

const FORMAT = 1;
const PATH_AND_REASON = objectOf({ path: TEXT, reason: TEXT });
const LABEL: JsonSchema = { anyOf: [{ type: "integer" }, listOf(COUNT)] };

const SHARD_LIST_JSON: JsonFileKind<ShardList> = {
  what: "the list of a shard's items",
  remedy: "submit the extraction again, which writes it anew",
  schema: objectOf(
    {
      dataset: objectOf(
        { name: TEXT, description: TEXT, classNames: listOf(TEXT), contentHash: TEXT },
        { synthetic: YES_OR_NO, mergedProducts: listOf(listOf(TEXT)), passedOver: listOf(PATH_AND_REASON) },
      ),
      items: COUNT,
      from: COUNT,
      root: TEXT,
      ids: listOf(TEXT),
      sizes: listOf(COUNT),
      digests: listOf(TEXT),
      labels: listOf(LABEL),
    },
    {
      roles: objectOf(
        { protocol: TEXT, seed: COUNT, query: listOf(COUNT), train: listOf(COUNT), database: listOf(COUNT) },
        { name: TEXT, asPublished: TEXT },
      ),
    },
  ),
  format: { version: FORMAT, older: "one of this version: submit the extraction again" },
};

/** Items a list has at most: more would be a text that is too long. */
const MOST_LISTED = 1_000_000;

/** Fewer files are listed too quickly for a report. */
const REPORTED_FROM = 5000;

/** The file of a shard's list in a folder. */
export function shardListFile(folder: string, { index, of }: Shard): string {
  return join(folder, `${index}-of-${of}.json`);
}

/**
 * Writes the lists of all shards of a dataset whose images are files. Who has one opens its part by {@link openShardList},
 * wherever copies of the files are, and looks at no other file.
 * @param options.of shards
 * @returns false where there is nothing to list: images are no files, or a shard would have more than a million
 */
export async function writeShardLists(
  folder: string,
  dataset: Dataset,
  { of, onProgress }: { readonly of: number; readonly onProgress?: ProgressListener },
): Promise<boolean> {
  const { length: items } = dataset.ids;
  const root = await rootOf(dataset);
  if (root === undefined || items / of > MOST_LISTED) return false;
  if (await isListed(folder, dataset, { root, of })) return true;
  const meter = new ProgressMeter("lists of shards", items, "files", items < REPORTED_FROM ? undefined : onProgress);
  for (let index = 1; index <= of; index++) {
    const rows = shardRows(items, { index, of });
    const list = { format: FORMAT, ...(await listRows(dataset, root, rows)) };
    await writeAtomically(shardListFile(folder, { index, of }), JSON.stringify(list));
    meter.report(rows[1]);
  }
  return true;
}

/** Whether the last list is there: of the same dataset, at the same place. What is submitted again lists nothing anew. */
async function isListed(
  folder: string,
  { ids, contentHash, name }: Dataset,
  { root, of }: { readonly root: string; readonly of: number },
): Promise<boolean> {
  const list = await readJsonFile(shardListFile(folder, { index: of, of }), SHARD_LIST_JSON).catch(() => undefined);
  if (list?.root !== root || list.items !== ids.length) return false;
  return list.dataset.contentHash === contentHash && list.dataset.name === name;
}

/** The folder that the ids are paths in; undefined where images are no files below one. */
async function rootOf(dataset: Dataset): Promise<string | undefined> {
  const [first] = dataset.ids;
  const path = first === undefined ? undefined : await dataset.image(0);
  const end = join("/", first ?? "");
  return typeof path === "string" && path.endsWith(end) ? resolve(path.slice(0, -end.length)) : undefined;
}

async function listRows(dataset: Dataset, root: string, [from, to]: readonly [number, number]): Promise<ShardList> {
  const { name, description, classNames, contentHash, synthetic, mergedProducts, passedOver, roles, labels } = dataset;
  const ids = dataset.ids.slice(from, to);
  const files = await foundFiles(root, ids);
  const rows = Array.from(ids.keys(), row => from + row);
  return {
    dataset: { name, description, classNames, contentHash, synthetic, mergedProducts, passedOver },
    items: dataset.ids.length,
    from,
    root,
    ids,
    ...files,
    labels: rows.map(row => (labels instanceof Int32Array ? labels[row] : classesOf(labels, row))),
    ...(roles === undefined ? {} : { roles: listedRoles(splitOfPart(roles, from, to)) }),
  };
}

function listedRoles({ query, train, database, ...words }: Split): ShardList["roles"] {
  return { ...words, query: Array.from(query), train: Array.from(train), database: Array.from(database) };
}

/** Sizes of files, and digests of their sampled blocks. @throws {InputError} naming one that cannot be read */
async function foundFiles(root: string, ids: readonly string[]): Promise<Pick<ShardList, "sizes" | "digests">> {
  const files = ids.map(id => join(root, id));
  const sizes = (await fileStatuses(files)).map((status, i) => {
    const objection = objectionToStatus(status);
    if (objection === undefined && "size" in status) return status.size;
    throw new InputError("an image of the dataset cannot be taken", { file: files[i], actual: objection });
  });
  const asked = files.map((file, i) => ({ file, blocks: sampledBlocks(sizes[i]) }));
  const digests = (await fileDigests(asked)).map((found, i) => {
    if ("digest" in found) return found.digest;
    throw new InputError("an image of the dataset cannot be read", { file: files[i], actual: found.fault });
  });
  return { sizes, digests };
}

/**
 * Opens a part of a dataset by its list: as many rows as the whole has, of which those of the part alone have ids, labels
 * and images. Its files are held against the list, by size and sampled blocks; so a copy elsewhere is the same dataset, and
 * one that was changed is not taken for it.
 * @param options.root folder of the dataset here. Default: where it was listed
 * @throws {InputError} when the list is of another shard, or a file is missing or another one
 */
export async function openShardList(
  file: string,
  { shard, root }: { readonly shard: Shard; readonly root?: string },
): Promise<Dataset> {
  const list = await readJsonFile(file, SHARD_LIST_JSON);
  checkList(list, file, shard);
  const place = root ?? list.root;
  await checkFiles(list, place, file);
  const { dataset, items, from, roles } = list;
  const ids: string[] = new Array(items);
  for (const [row, id] of list.ids.entries()) ids[from + row] = id;
  const rowsOf = (rows: readonly number[]): Int32Array => Int32Array.from(rows, row => from + row);
  return {
    ...dataset,
    ids,
    labels: labelsOf(list),
    ...(roles === undefined
      ? {}
      : {
          roles: { ...roles, query: rowsOf(roles.query), train: rowsOf(roles.train), database: rowsOf(roles.database) },
        }),
    async image(row) {
      if (ids[row] !== undefined) return join(place, ids[row]);
      const expected = `${from}..${from + list.ids.length - 1}, which this list has`;
      throw new InputError(`row ${row} is of another shard`, { file, expected });
    },
  };
}

function checkList({ items, from, ids, sizes, digests, labels }: ShardList, file: string, shard: Shard): void {
  const [begin, end] = shardRows(items, shard);
  const [expected, actual] = [`rows ${begin} to ${end}`, `rows ${from} to ${from + ids.length}`];
  if (expected !== actual) throw new InputError("this is the list of another shard", { file, expected, actual });
  const lengths = [sizes, digests, labels].map(({ length }) => length);
  if (lengths.every(length => length === ids.length)) return;
  throw new InputError("the columns of this list are not of one length", {
    file,
    expected: `${ids.length} sizes, digests and labels`,
    actual: lengths.join(", "),
  });
}

async function checkFiles({ ids, ...listed }: ShardList, root: string, file: string): Promise<void> {
  const found = await foundFiles(root, ids);
  const other = ids.findIndex((_, i) => found.sizes[i] !== listed.sizes[i] || found.digests[i] !== listed.digests[i]);
  if (other === -1) return;
  throw new InputError("this is another image than the one that was listed", {
    file: join(root, ids[other]),
    expected: `a copy of the one that ${file} has`,
    actual: `${found.sizes[other]} bytes against ${listed.sizes[other]}${found.sizes[other] === listed.sizes[other] ? ", of other content" : ""}`,
  });
}

/** Labels of all items; those of other parts hold nothing. */
function labelsOf({ items, from, labels, dataset: { classNames } }: ShardList): Labels {
  if (labels.every(label => typeof label === "number")) {
    const all = new Int32Array(items).fill(UNKNOWN); // (n,)
    all.set(labels, from);
    return all;
  }
  const wordsPerItem = Math.ceil(classNames.length / 32);
  const words = new Int32Array(items * wordsPerItem); // (n, wordsPerItem)
  for (const [row, classes] of labels.entries()) {
    for (const label of [classes].flat()) words[(from + row) * wordsPerItem + (label >> 5)] |= 1 << (label & 31);
  }
  return { words, count: items, classes: classNames.length, wordsPerItem };
}

import { readFile } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import { checkFormat } from "../core/format-version.js";
import { writeOutput } from "../core/output-files.js";
import type { Dataset } from "./dataset.js";
import type { Split } from "./split.js";

/** Raised when a reader of the version before would misread it. */
const FORMAT = 1;

/** What an item does. `train` images are in the database too; `database` are the rest of it. */
export type ManifestRole = "query" | "train" | "database";

/** One image of a manifest. */
export interface ManifestItem {
  /** The item's id in the dataset. */
  readonly path: string;
  /** Place in the manifest's class names. */
  readonly label: number;
  readonly split: ManifestRole;
}

/** A dataset and a split of it as a JSON document: enough to say which images an experiment used, and for what. */
export interface Manifest {
  /** Version of the format of the file. */
  readonly format: number;
  readonly dataset: string;
  readonly contentHash: string;
  readonly counts: {
    /** Images of the dataset; those that do nothing in this split are not listed. */
    readonly images: number;
    readonly classes: number;
    readonly query: number;
    readonly train: number;
    /** With the train images. */
    readonly database: number;
  };
  readonly classNames: readonly string[];
  readonly protocol: string;
  readonly seed: number;
  /** In row order. */
  readonly items: readonly ManifestItem[];
}

/**
 * The manifest of a dataset and a split of it: each image by its id with class and role, so that the split is found
 * again where the rows are others.
 * @param split rows of the dataset
 */
export function manifestOf(dataset: Dataset, split: Split): Manifest {
  const roles = new Map<number, ManifestRole>();
  for (const row of split.database) roles.set(row, "database");
  for (const row of split.train) roles.set(row, "train");
  for (const row of split.query) roles.set(row, "query");
  const rows = [...roles.keys()].sort((a, b) => a - b);
  return {
    format: FORMAT,
    dataset: dataset.name,
    contentHash: dataset.contentHash,
    counts: {
      images: dataset.ids.length,
      classes: dataset.classNames.length,
      query: split.query.length,
      train: split.train.length,
      database: split.database.length,
    },
    classNames: dataset.classNames,
    protocol: split.protocol,
    seed: split.seed,
    items: rows.map(row => ({ path: dataset.ids[row], label: dataset.labels[row], split: roles.get(row)! })),
  };
}

/**
 * Writes a manifest as JSON, one item a line, in one atomic step.
 * @param file its path; the folder is made when it is missing
 */
export async function writeManifest(file: string, manifest: Manifest): Promise<void> {
  const { items, ...head } = manifest;
  const lines = items.map(item => `    ${JSON.stringify(item)}`).join(",\n");
  const text = JSON.stringify({ ...head, items: [] }, null, 2).replace(/\[\]\n\}$/, `[\n${lines}\n  ]\n}\n`);
  await writeOutput(file, text);
}

/** The first thing that is wrong with a document that should be a manifest. */
function faultOf(value: unknown): string | undefined {
  const manifest = value as Partial<Manifest> | null;
  if (typeof manifest !== "object" || manifest === null) return "no object";
  for (const key of ["dataset", "contentHash", "protocol"] as const) {
    if (typeof manifest[key] !== "string") return `no text "${key}"`;
  }
  if (!Number.isInteger(manifest.seed)) return 'no whole number "seed"';
  const { classNames, items, counts } = manifest;
  if (!Array.isArray(classNames) || !classNames.every(name => typeof name === "string")) return 'no "classNames"';
  if (!Array.isArray(items)) return 'no "items"';
  const bad = items.findIndex(
    item =>
      typeof item?.path !== "string" ||
      !(Number.isInteger(item.label) && item.label >= 0 && item.label < classNames.length) ||
      !["query", "train", "database"].includes(item.split),
  );
  if (bad >= 0) return `item ${bad} is ${JSON.stringify(items[bad])}`;
  const queries = items.filter(item => item.split === "query").length;
  if (counts?.query !== queries || counts.database !== items.length - queries)
    return '"counts" that do not fit "items"';
  return undefined;
}

/**
 * Reads a manifest. Those of before there were versions are of the first.
 * @throws {InputError} when it is missing, no JSON, of a newer version, or not a manifest, naming the first fault
 */
export async function readManifest(file: string): Promise<Manifest> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new InputError("cannot be read", { file, expected: "a manifest", actual: (cause as Error).message, cause });
  }
  const fault = faultOf(value);
  if (fault !== undefined) throw new InputError("not a manifest", { file, actual: fault });
  const manifest: Manifest = { format: FORMAT, ...(value as Omit<Manifest, "format">) };
  checkFormat(manifest.format, { file, format: FORMAT, older: "what `writeManifest` writes" });
  return manifest;
}

/**
 * The split a manifest describes, as rows of the dataset.
 * @throws {InputError} when the dataset is not the one the manifest was made of
 */
export function splitOf(manifest: Manifest, dataset: Dataset): Split {
  if (manifest.contentHash !== dataset.contentHash) {
    throw new InputError(`the manifest was made of ${manifest.dataset} with other content than this ${dataset.name}`, {
      expected: `content hash ${manifest.contentHash}`,
      actual: dataset.contentHash,
    });
  }
  const rowOf = new Map(dataset.ids.map((id, row) => [id, row]));
  const rowsOf = (roles: readonly ManifestRole[]): Int32Array =>
    Int32Array.from(
      manifest.items.filter(item => roles.includes(item.split)),
      item => {
        const row = rowOf.get(item.path);
        if (row === undefined) throw new InputError(`${dataset.name} has no image ${item.path}`);
        return row;
      },
    ).sort();
  const { protocol, seed } = manifest;
  return {
    protocol,
    seed,
    query: rowsOf(["query"]),
    train: rowsOf(["train"]),
    database: rowsOf(["train", "database"]),
  };
}

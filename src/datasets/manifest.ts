import { InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { COUNT, listOf, objectOf, TEXT } from "../core/json-schema.js";
import { singleLabels } from "../core/labels.js";
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
  const labels = singleLabels(dataset.labels, "a manifest");
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
    items: rows.map(row => ({ path: dataset.ids[row], label: labels[row], split: roles.get(row)! })),
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

const MANIFEST_JSON: JsonFileKind<Omit<Manifest, "format">> = {
  what: "the manifest of a dataset",
  schema: objectOf({
    dataset: TEXT,
    contentHash: TEXT,
    protocol: TEXT,
    seed: { type: "integer" },
    classNames: listOf(TEXT),
    counts: objectOf({ images: COUNT, classes: COUNT, query: COUNT, train: COUNT, database: COUNT }),
    items: listOf(objectOf({ path: TEXT, label: COUNT, split: { enum: ["query", "train", "database"] } })),
  }),
  format: { version: FORMAT, older: "what `writeManifest` writes", since: true },
};

/**
 * Reads a manifest. Those of before there were versions are of the first.
 * @throws {InputError} when it is missing, no JSON, of a newer version, or not a manifest, naming the first fault
 */
export async function readManifest(file: string): Promise<Manifest> {
  const manifest: Manifest = { format: FORMAT, ...(await readJsonFile(file, MANIFEST_JSON)) };
  const { classNames, items, counts } = manifest;
  const bad = items.findIndex(({ label }) => label >= classNames.length);
  if (bad >= 0) {
    throw new InputError(`"items[${bad}].label" cannot be this`, {
      file,
      expected: `a place in the list of ${classNames.length} class names`,
      actual: `${items[bad].label}`,
    });
  }
  const queries = items.filter(({ split }) => split === "query").length;
  if (counts.query === queries && counts.database === items.length - queries) return manifest;
  throw new InputError('"counts" do not fit "items"', {
    file,
    expected: `${queries} queries and a database of ${items.length - queries}`,
    actual: `${counts.query} and ${counts.database}`,
  });
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

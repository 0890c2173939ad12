import { classesOf } from "../core/classes-of-items.js";
import { InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { COUNT, listOf, objectOf, TEXT } from "../core/json-schema.js";
import type { Labels } from "../core/labels.js";
import { writeOutput } from "../core/output-files.js";
import type { Dataset } from "./dataset.js";
import type { Role, Split } from "./roles.js";
import { ROLES } from "./roles.js";

/** Raised when a reader of the version before would misread it. */
const FORMAT = 1;

/** What an item does. `train` images are in the database too; `database` are the rest of it. */
export type ManifestRole = Role;

/** One image of a manifest. */
export interface ManifestItem {
  /** The item's id in the dataset. */
  readonly path: string;
  /** Place in the manifest's class names. Absent: the item has `labels`. */
  readonly label?: number;
  /** Places in the manifest's class names, ascending, of an item of any number of classes. */
  readonly labels?: readonly number[];
  /** Absent: the item has `roles`. */
  readonly split?: ManifestRole;
  /** All roles, where they overlap as published lists have it: a query in the database, a train image outside of it. */
  readonly roles?: readonly Role[];
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
  /** As in the split. */
  readonly name?: string;
  readonly asPublished?: string;
  readonly seed: number;
  /** In row order. */
  readonly items: readonly ManifestItem[];
}

/**
 * The manifest of a dataset and a split of it: each image by its id with class or classes and role, so that the split is
 * found again where the rows are others.
 * @param split rows of the dataset
 */
export function manifestOf(dataset: Dataset, split: Split): Manifest {
  const rolesOf = new Map<number, Role[]>();
  for (const role of ROLES) for (const row of split[role]) rolesOf.set(row, [...(rolesOf.get(row) ?? []), role]);
  const rows = [...rolesOf.keys()].sort((a, b) => a - b);
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
    ...splitHead(split),
    items: rows.map(row => ({
      path: dataset.ids[row],
      ...classesIn(dataset.labels, row),
      ...rolesIn(rolesOf.get(row)!),
    })),
  };
}

function splitHead({ protocol, seed, name, asPublished }: SplitHead): SplitHead {
  const published = asPublished === undefined ? {} : { asPublished };
  return { protocol, ...(name === undefined ? {} : { name }), ...published, seed };
}

type SplitHead = Omit<Split, Role>;

function classesIn(labels: Labels, row: number): Pick<ManifestItem, "label" | "labels"> {
  const classes = classesOf(labels, row);
  return labels instanceof Int32Array && classes.length === 1 ? { label: classes[0] } : { labels: classes };
}

/** One word where the roles do not overlap, which a reader of before they could understands. */
function rolesIn(roles: readonly Role[]): Pick<ManifestItem, "split" | "roles"> {
  const usual = Object.entries(USUAL_ROLES).find(([, usually]) => usually.join() === roles.join());
  return usual === undefined ? { roles } : { split: usual[0] as ManifestRole };
}

/** What the one word of an item stands for. */
const USUAL_ROLES: Readonly<Record<ManifestRole, readonly Role[]>> = {
  query: ["query"],
  train: ["train", "database"],
  database: ["database"],
};

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

const ROLE = { enum: ROLES };

const MANIFEST_JSON: JsonFileKind<Omit<Manifest, "format">> = {
  what: "the manifest of a dataset",
  schema: objectOf(
    {
      dataset: TEXT,
      contentHash: TEXT,
      protocol: TEXT,
      seed: { type: "integer" },
      classNames: listOf(TEXT),
      counts: objectOf({ images: COUNT, classes: COUNT, query: COUNT, train: COUNT, database: COUNT }),
      items: listOf(
        objectOf(
          { path: TEXT },
          { label: COUNT, labels: listOf(COUNT), split: ROLE, roles: listOf(ROLE, { minItems: 1 }) },
        ),
      ),
    },
    { name: TEXT, asPublished: TEXT },
  ),
  format: { version: FORMAT, older: "what `writeManifest` writes", since: true },
};

/**
 * Reads a manifest. Those of before there were versions are of the first.
 * @throws {InputError} when it is missing, no JSON, of a newer version, or not a manifest, naming the first fault
 */
export async function readManifest(file: string): Promise<Manifest> {
  const manifest: Manifest = { format: FORMAT, ...(await readJsonFile(file, MANIFEST_JSON)) };
  checkItems(manifest, file);
  const countOf = (role: Role): number => manifest.items.filter(item => rolesOf(item).includes(role)).length;
  const { query, train, database } = manifest.counts;
  const found = { query: countOf("query"), train: countOf("train"), database: countOf("database") };
  if (query === found.query && train === found.train && database === found.database) return manifest;
  throw new InputError('"counts" do not fit "items"', {
    file,
    expected: `${found.query} queries, ${found.train} train images and a database of ${found.database}`,
    actual: `${query}, ${train} and ${database}`,
  });
}

function rolesOf({ split, roles = [] }: ManifestItem): readonly Role[] {
  return split === undefined ? roles : USUAL_ROLES[split];
}

/** @throws {InputError} naming the first item without class or role, or with a class that has no name */
function checkItems({ classNames, items }: Manifest, file: string): void {
  for (const [at, { label, labels, split, roles }] of items.entries()) {
    if ((label === undefined) === (labels === undefined) || (split === undefined) === (roles === undefined)) {
      throw new InputError(`"items[${at}]" cannot be this`, {
        file,
        expected: 'either "label" or "labels", and either "split" or "roles"',
        actual: Object.keys(items[at]).join(", "),
      });
    }
    const strange = [...(labels ?? [label!])].find(one => one >= classNames.length);
    if (strange === undefined) continue;
    throw new InputError(`"items[${at}].${label === undefined ? "labels" : "label"}" cannot be this`, {
      file,
      expected: `a place in the list of ${classNames.length} class names`,
      actual: `${strange}`,
    });
  }
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
  const rowsOf = (role: Role): Int32Array =>
    Int32Array.from(
      manifest.items.filter(item => rolesOf(item).includes(role)),
      item => {
        const row = rowOf.get(item.path);
        if (row === undefined) throw new InputError(`${dataset.name} has no image ${item.path}`);
        return row;
      },
    ).sort();
  return { ...splitHead(manifest), query: rowsOf("query"), train: rowsOf("train"), database: rowsOf("database") };
}

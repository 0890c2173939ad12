// Products that are one under several names, as a list that people can read and edit.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import { checkFormat } from "../core/format-version.js";
import { singleLabels } from "../core/labels.js";
import { writeOutput } from "../core/output-files.js";
import type { Dataset } from "./dataset.js";

/** Products that are one. */
export interface ProductMerges {
  /** Names of two products or more each; no name is in two groups. */
  readonly groups: readonly (readonly string[])[];
}

/** The format of the list. Raised when a reader of the version before would misread it. */
const FORMAT = 1;

const FIRST_LINE = /^hashbook product merges, format (\d+)$/;
const SEPARATOR = "=";

/** What a list of merges is, for messages. */
const LINES = `lines such as DIGIX_000012 ${SEPARATOR} DIGIX_000815, under the line "hashbook product merges, format ${FORMAT}"`;

/**
 * The groups of a list: `DIGIX_000012 = DIGIX_000815` a line; what follows a # at the beginning of a line is for people.
 * Lines that share a product are one group.
 * @param file the name used in messages
 * @throws {InputError} naming the line that is malformed
 */
export function parseProductMerges(text: string, file: string): ProductMerges {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  const format = FIRST_LINE.exec(lines[0].trim())?.[1];
  if (format === undefined) {
    const actual = JSON.stringify(lines[0].slice(0, 80));
    throw new InputError("this is no list of products to merge", { file, expected: LINES, actual });
  }
  checkFormat(Number(format), { file, format: FORMAT, older: "what `hashbook dataset --duplicates` writes" });
  const groups = new Groups();
  for (const [i, line] of lines.entries()) {
    if (i === 0 || line.trim() === "" || line.startsWith("#")) continue;
    const names = line.split(SEPARATOR).map(name => name.trim());
    if (names.length < 2 || names.includes("") || new Set(names).size < names.length) {
      const actual = JSON.stringify(line.slice(0, 80));
      throw new InputError(`line ${i + 1} names no two products that are one`, { file, expected: LINES, actual });
    }
    for (const name of names) groups.join(names[0], name);
  }
  return { groups: groups.list() };
}

/**
 * Reads a list, see {@link parseProductMerges}.
 * @throws {InputError} also when it cannot be read
 */
export async function readProductMerges(file: string): Promise<ProductMerges> {
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw new InputError("this list of products to merge cannot be read", { file, actual: cause.message, cause });
  });
  return parseProductMerges(text, file);
}

/**
 * Writes a list.
 * @param entries groups, each with lines for people that go before it; without a group they stand alone
 * @throws {InputError} for a name that the list cannot hold
 */
export async function writeProductMerges(
  file: string,
  entries: readonly { readonly notes: readonly string[]; readonly group?: readonly string[] }[],
): Promise<void> {
  const lines = entries.flatMap(({ notes, group }) => [
    ...notes.map(note => `# ${note}`.trimEnd()),
    ...(group === undefined ? [] : [mergeLine(group)]),
  ]);
  await writeOutput(file, `hashbook product merges, format ${FORMAT}\n${lines.map(line => `${line}\n`).join("")}`);
}

/** The line of a group. @throws {InputError} for a name that it cannot hold */
export function mergeLine(group: readonly string[]): string {
  const bad = group.find(name => name !== name.trim() || /[=\r\n]|^#|^$/.test(name));
  if (bad === undefined) return group.join(` ${SEPARATOR} `);
  throw new InputError("a list of products to merge cannot hold this name", {
    expected: `no ${SEPARATOR}, # at the beginning, line end, or blank at either end`,
    actual: JSON.stringify(bad),
  });
}

/** Labels by name, as a dataset, a data folder and a challenge have them. */
export type NamedProducts = Pick<Dataset, "name" | "classNames" | "labels">;

/** Labels after a merge. */
export interface MergedLabels {
  readonly labels: Int32Array;
  /** Names that are one, each group in the order of the classes: its first is the name that is kept. */
  readonly mergedProducts: readonly (readonly string[])[];
}

/**
 * Labels where the products of a group are one: all have the label of the group's first class. Class names stay, so that
 * labels keep their meaning; the other classes have no images any more.
 * @param file the list's name, for messages
 * @throws {InputError} when a product is none of these, or images have several labels
 */
export function mergedLabels(
  { name: dataset, classNames, labels: several }: NamedProducts,
  { groups }: ProductMerges,
  file: string,
): MergedLabels {
  const labels = singleLabels(several, "merging products", { file: dataset });
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const first = Int32Array.from(classNames.keys());
  const merged = groups.map(group => {
    const members = group.map(name => labelIn(labelOf, name, { file, dataset })).sort((a, b) => a - b);
    for (const label of members) first[label] = members[0];
    return members;
  });
  return {
    labels: labels.map(label => (label < 0 ? label : first[label])),
    mergedProducts: merged.sort(([a], [b]) => a - b).map(members => members.map(label => classNames[label])),
  };
}

/**
 * A dataset with {@link mergedLabels}. Its content hash is of both, whatever the order of the list.
 * @throws {InputError} as that
 */
export function mergeProducts<D extends Dataset>(dataset: D, merges: ProductMerges, file: string): D {
  const merged = mergedLabels(dataset, merges, file);
  if (merged.mergedProducts.length === 0) return dataset;
  const what = JSON.stringify(merged.mergedProducts);
  const hash = createHash("sha256").update(`merged products\n${dataset.contentHash}\n${what}`).digest("hex");
  return { ...dataset, ...merged, contentHash: hash };
}

function labelIn(
  labels: ReadonlyMap<string, number>,
  name: string,
  { file, dataset }: { readonly file: string; readonly dataset: string },
): number {
  const label = labels.get(name);
  if (label !== undefined) return label;
  throw new InputError(`${name} is no product of ${dataset}`, {
    file,
    expected: labels.size === 0 ? "labelled images" : `names such as ${labels.keys().next().value}`,
  });
}

/** What is merged, in words; undefined where nothing is. */
export function mergedText({ mergedProducts: groups }: Pick<Dataset, "mergedProducts">): string | undefined {
  if (groups === undefined) return undefined;
  return `${groups.reduce((sum, group) => sum + group.length, 0)} products are merged into ${groups.length}`;
}

/** Sets of names that are joined as pairs come. */
export class Groups {
  private readonly parents = new Map<string, string>();

  private rootOf(name: string): string {
    const parent = this.parents.get(name);
    if (parent === undefined) this.parents.set(name, name);
    if (parent === undefined || parent === name) return name;
    const root = this.rootOf(parent);
    this.parents.set(name, root); // the next search is shorter
    return root;
  }

  join(one: string, other: string): void {
    const root = this.rootOf(one);
    this.parents.set(this.rootOf(other), root);
  }

  /** Groups of two or more, names and groups in the order in which they came. */
  list(): string[][] {
    const groups = new Map<string, string[]>();
    for (const name of this.parents.keys()) {
      const root = this.rootOf(name);
      groups.set(root, [...(groups.get(root) ?? []), name]);
    }
    return [...groups.values()].filter(({ length }) => length > 1);
  }
}

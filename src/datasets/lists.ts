import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { checkClassNames } from "../core/named-labels.js";
import { knownNames } from "../core/nearest-name.js";
import { takeLabels } from "../core/take-labels.js";
import { classNamesBeside, readClassNames } from "./class-names-file.js";
import type { HashFilesOptions } from "./content-hash.js";
import type { Dataset } from "./dataset.js";
import { datasetOfFiles } from "./dataset-of-files.js";
import type { RoleList } from "./list-files.js";
import { findLists } from "./list-files.js";
import type { ListFindings } from "./list-findings.js";
import { listFindings, listsText } from "./list-findings.js";
import { prefixThatHelps } from "./list-paths.js";
import type { ListedImages } from "./listed-images.js";
import { readLists } from "./listed-images.js";
import { missingImages } from "./missing-images.js";
import type { Role, Split } from "./roles.js";
import { ROLES } from "./roles.js";

/** What becomes of images that lists name and that are not there. */
export const MISSING_IMAGES = ["refuse", "drop"] as const;

/** One of {@link MISSING_IMAGES}. */
export type MissingImages = (typeof MISSING_IMAGES)[number];

/** How lists are opened. */
export interface OpenListsOptions extends HashFilesOptions {
  /** Folder of the images that the paths of the lists are below. Default: the lists' own. */
  readonly images?: string;
  /** Taken from the beginning of the paths that have it. Default: the known prefixes of published lists. */
  readonly stripPrefix?: readonly string[];
  /** Names of the classes, or the file they are in, one a line. Default: class_names.txt or classes.txt beside the
   * lists; else those in the lists; else numbers. */
  readonly classNames?: readonly string[] | string;
  /** Images that are not there: none may be missing, or they leave all roles, which is said. Default "refuse". */
  readonly missing?: MissingImages;
  /** For a summary: what is missing or contradictory is listed in `listed` and dropped, not refused. Default false. */
  readonly tolerant?: boolean;
}

/**
 * A dataset out of published lists: `train.txt`, `test.txt` or `query.txt`, and `database.txt`, whose lines are
 * `path 0 1 0 …` (a column a class), `path 3`, `path,label`, or paths with labels in a file beside them; all of one
 * form. An image in several lists is one row; its roles are those of the lists, which may put queries into the database
 * and train images outside of it. Rows: the database in the order of its list, queries that are not among these, train
 * images that are in neither. The first label of an image counts where `tolerant` lets it have two.
 * @param folder of the lists
 * @throws {InputError} naming file and line of what is malformed or of another form; when a list is missing, an image
 *   has two labels, or images are not there
 */
export async function openLists(folder: string, options: OpenListsOptions = {}): Promise<Dataset> {
  const { images = folder, stripPrefix, tolerant = false, missing = "refuse" } = options;
  checkMissingRule(missing);
  const lists = await neededLists(folder);
  await checkFolder(images, "images (--images)");
  const { classNames, from } = await givenNames(folder, options.classNames);
  const listed = await readLists(folder, lists, { images, stripPrefix, classNames });
  const found = listFindings(listed, await missingImages(images, listed.ids), from ?? listed.form.called);
  const [first] = found.missing;
  const prefix = first === undefined ? undefined : await prefixThatHelps(first.path, images);
  const findings = prefix === undefined ? found : { ...found, prefixThatHelps: prefix };
  if (!tolerant) checkContradictions(folder, findings);
  if (!tolerant && missing === "refuse") checkMissing(folder, images, findings);
  const dataset = await datasetOfLists(folder, images, { listed, findings, hashing: options });
  if (!tolerant) checkRest(dataset, listed.ids.length - findings.missing.length, { images, missing });
  return dataset;
}

/**
 * Checks what only reading the images shows, and what is left of the roles.
 * @param there images that seemed to be there
 */
function checkRest(
  dataset: Dataset,
  there: number,
  { images, missing }: { images: string; missing: MissingImages },
): void {
  const unread = there - dataset.ids.length;
  if (unread > 0 && missing === "refuse") {
    const [{ path, reason }] = dataset.passedOver!.slice(-unread);
    throw new InputError(`${unread} images cannot be read`, {
      file: images,
      expected: 'files that can be read, or --missing drop (in a cell missing: "drop") to go on without them',
      actual: `${path}: ${reason}`,
    });
  }
  const { query, database } = dataset.roles!;
  if (query.length > 0 && database.length > 0) return;
  throw new InputError("too many of the images that are listed are missing", {
    file: images,
    expected: "one query and one image of the database at least",
    actual: `${query.length} queries, ${database.length} in the database`,
  });
}

function checkMissingRule(missing: string): void {
  if ((MISSING_IMAGES as readonly string[]).includes(missing)) return;
  throw new InputError(`there is no way "${missing}" to go on without images`, {
    expected: knownNames(missing, MISSING_IMAGES),
  });
}

/** Names the whole path: a notebook counts from its own folder, a command from where it is called. */
async function checkFolder(folder: string, what: string): Promise<void> {
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return;
  throw new InputError("there is no such folder", { file: resolve(folder), expected: `a folder of ${what}` });
}

async function neededLists(folder: string): Promise<RoleList[]> {
  await checkFolder(folder, "published lists (--lists)");
  const lists = (await findLists(folder)) ?? [];
  const absent = (["query", "database"] as const).filter(role => !lists.some(list => list.role === role));
  if (absent.length === 0) return lists;
  throw new InputError(`there is no list of the ${absent.length === 2 ? "query and database" : absent[0]} images`, {
    file: resolve(folder),
    expected:
      "test.txt or query.txt, database.txt, and train.txt to train; or the name image-folder, for its subfolders as classes",
    actual: lists.map(({ files }) => files[0].name).join(", ") || "none of them",
  });
}

interface GivenNames {
  readonly classNames?: readonly string[];
  /** In words. */
  readonly from?: string;
}

async function givenNames(folder: string, given: OpenListsOptions["classNames"]): Promise<GivenNames> {
  if (given !== undefined && typeof given !== "string") {
    checkClassNames({ labels: new Int32Array(), classNames: given });
    return { classNames: given, from: "class names as given" };
  }
  const file = given ?? (await classNamesBeside(folder));
  return file === undefined ? {} : { classNames: await readClassNames(file), from: `class names of ${file}` };
}

/** Examples in messages. */
const EXAMPLES = 3;

function checkContradictions(folder: string, { contradictions }: ListFindings): void {
  if (contradictions.length === 0) return;
  const said = contradictions.slice(0, EXAMPLES).map(({ id, first, other }) => {
    const [a, b] = [first, other].map(({ file, line, label }) => `${label} in line ${line} of ${file}`);
    return `${id}: ${a}, ${b}`;
  });
  throw new InputError(`${contradictions.length} lines give an image another label than an earlier one`, {
    file: folder,
    expected: "one label an image (`hashbook dataset … --json` lists all)",
    actual: `${said.join("; ")}${contradictions.length > EXAMPLES ? "; …" : ""}`,
  });
}

function checkMissing(folder: string, images: string, findings: ListFindings): void {
  const { missing, images: count, prefixThatHelps: prefix } = findings;
  if (missing.length === 0) return;
  const said = missing
    .slice(0, EXAMPLES)
    .map(({ path, reason, file, line }) => `${path} (line ${line} of ${file}: ${reason})`);
  const advice =
    prefix === undefined
      ? 'their folder as --images, or --missing drop (in a cell missing: "drop") to go on without them'
      : `--strip-prefix ${prefix}, without which the first is there`;
  throw new InputError(`${missing.length} of the ${count} images that are listed are not in ${resolve(images)}`, {
    file: folder,
    expected: `${advice} (\`hashbook dataset … --json\` lists all)`,
    actual: `${said.join(", ")}${missing.length > EXAMPLES ? ", …" : ""}`,
  });
}

/** What becomes a dataset. */
interface ReadLists {
  readonly listed: ListedImages;
  readonly findings: ListFindings;
  readonly hashing: HashFilesOptions;
}

async function datasetOfLists(
  folder: string,
  images: string,
  { listed, findings, hashing }: ReadLists,
): Promise<Dataset> {
  const { classNames } = listed;
  const gone = new Set(findings.missing.map(({ path }) => path));
  const there = Int32Array.from(listed.ids.keys()).filter(image => !gone.has(listed.ids[image]));
  const files = listed.lists.flatMap(list => list.files);
  const description = `Images in ${resolve(images)}, by the lists ${files.join(", ")} in ${resolve(folder)}`;
  const items = {
    classNames,
    ids: Array.from(there, image => listed.ids[image]),
    labels: takeLabels(listed.labels, there),
    passedOver: findings.missing.map(({ path, reason, file }) => ({ path, reason: `listed in ${file}, ${reason}` })),
  };
  const dataset = await datasetOfFiles(images, "lists", description, items, hashing);
  const roles = rolesOf(listed, dataset.ids);
  const hash = createHash("sha256").update(dataset.contentHash);
  for (const role of ROLES) hash.update(`${role} ${roles[role].join()}\n`);
  return { ...dataset, roles, contentHash: hash.digest("hex"), listed: findings };
}

/** Roles as rows of the images that are there. */
function rolesOf({ ids, members, lists }: ListedImages, rows: readonly string[]): Split {
  const rowOf = new Map(rows.map((id, row) => [id, row]));
  const rowsOf = (role: Role): Int32Array =>
    Int32Array.from(members[role].flatMap(image => rowOf.get(ids[image]) ?? [])).sort();
  const [query, train, database] = ROLES.map(rowsOf);
  const said = lists.map(({ role, files, lines }) => `${role} by ${files[0]} (${lines} lines)`).join(", ");
  const less = ids.length - rows.length;
  const without = less === 0 ? "" : `, without ${less} images that are missing`;
  const asPublished = `${listsText(lists)}${without}`;
  return { protocol: `lists: ${said}${without}`, asPublished, seed: 0, query, train, database };
}

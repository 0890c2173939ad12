import { basename, join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { readableItems } from "./dataset-of-files.js";
import { readDigixLabels } from "./digix-labels.js";
import { PRODUCT_FOLDER } from "./digix-layout.js";
import { byCodeUnits, DEAD_LINK, listFolder } from "./folder-listing.js";
import { IMAGE_NAME } from "./image-folder.js";
import { OddityList } from "./oddities.js";
import type { PassedOver } from "./passed-over.js";
import type { Scan } from "./scan-cache.js";
import { stampOf } from "./scan-cache.js";
import { ROLES_FILE } from "./search-roles.js";

/** Official names: 16 capitals and digits. */
const USUAL_NAME = /^[\w-]+\.jpg$/;

interface Folder {
  readonly folders: readonly string[];
  readonly images: readonly string[];
  /** Taken before the folder was read. */
  readonly stamp: string;
}

/** What is met on the way: what is unusual, and what becomes no item. */
class Remarks {
  readonly oddities: OddityList = new OddityList();
  readonly passedOver: PassedOver[] = [];

  /** Notes a file that becomes no item. @param what in words, plural */
  passOver(what: string, path: string, reason: string): void {
    this.oddities.note(`${what}, passed over`, path);
    this.passedOver.push({ path, reason });
  }
}

async function readFolder(folder: string, shown: string, remarks: Remarks): Promise<Folder> {
  const stamp = await stampOf(folder);
  const { folders, files, passedOver } = await listFolder(folder, shown);
  for (const { path, reason } of passedOver) {
    remarks.passOver(reason === DEAD_LINK ? "links to nothing" : "entries that are no files", path, reason);
  }
  const images: string[] = [];
  for (const name of files) {
    const path = shown === "" ? name : `${shown}/${name}`;
    if (IMAGE_NAME.test(name)) {
      images.push(name);
      if (!USUAL_NAME.test(name)) remarks.oddities.note("images with unusual names", path);
    } else if (path !== "label.txt" && path !== ROLES_FILE) {
      remarks.passOver("files that are no images by their name", path, "no image by its name");
    }
  }
  return { folders, images, stamp };
}

/** Subfolders are read in groups, in order. */
async function readFolders(root: string, list: readonly string[], remarks: Remarks): Promise<Folder[]> {
  const read: Folder[] = [];
  for (let start = 0; start < list.length; start += 64) {
    const some = list.slice(start, start + 64);
    read.push(...(await Promise.all(some.map(name => readFolder(join(root, name), name, remarks)))));
  }
  return read;
}

async function withContentHash(
  kind: string,
  root: string,
  items: Pick<Scan, "classNames" | "ids" | "labels">,
  { oddities, passedOver: earlier }: Remarks,
  stamps: Readonly<Record<string, string>>,
  onProgress: ProgressListener | undefined,
): Promise<Scan> {
  const readable = await readableItems(kind, root, { ...items, passedOver: earlier }, { onProgress });
  const { passedOver, ...found } = readable;
  const unreadable = passedOver.slice(earlier.length);
  for (const { path } of unreadable) oddities.note("images that cannot be read, passed over", path);
  const unstable = unreadable.length > 0 || earlier.some(({ reason }) => reason === DEAD_LINK);
  return { ...found, passedOver, oddities: oddities.list(), stamps, unstable };
}

/**
 * Reads train_data: images by product folder and name. The product of an image is what label.txt says; one that is not
 * in it has that of its folder.
 * @param kind part of the content hash
 * @throws {InputError} when label.txt is missing or wrong, or there are no products or no images
 */
export async function scanDigixTrain(folder: string, kind: string, onProgress?: ProgressListener): Promise<Scan> {
  const remarks = new Remarks();
  const { oddities } = remarks;
  const top = await readFolder(folder, "", remarks);
  const productFolders = top.folders.filter(name => PRODUCT_FOLDER.test(name));
  for (const name of top.folders) {
    if (!PRODUCT_FOLDER.test(name)) oddities.note("folders that are no product's", name);
  }
  if (productFolders.length === 0) {
    throw new InputError("train_data has no product folders", {
      file: folder,
      expected: "DIGIX_000000, DIGIX_000001, …",
      actual: top.folders.slice(0, 3).join(", ") || `no folders and ${top.images.length} images`,
    });
  }
  const file = join(folder, "label.txt");
  const stamp = await stampOf(file).catch((cause: Error) => {
    throw new InputError("train_data has no label.txt", { file, expected: "path,label lines", cause });
  });
  const labelled = await readDigixLabels(file, "train_data", oddities);
  const read = await readFolders(folder, top.folders, remarks);
  const stamps: Record<string, string> = { ".": top.stamp, "label.txt": stamp };
  top.folders.forEach((name, i) => {
    stamps[name] = read[i].stamp;
    if (read[i].images.length === 0 && PRODUCT_FOLDER.test(name)) {
      oddities.note("product folders without images", name);
    }
  });
  const found = [...top.images, ...top.folders.flatMap((name, i) => read[i].images.map(image => `${name}/${image}`))];
  const { ids, products } = labelledImages(found, labelled, file, remarks);
  const classNames = [...new Set([...productFolders, ...labelled.values()])].sort();
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const labels = Int32Array.from(products, product => labelOf.get(product)!);
  return withContentHash(kind, folder, { classNames, ids, labels }, remarks, stamps, onProgress);
}

/** Images that have a product, with it, in the order of their paths. */
function labelledImages(
  found: readonly string[],
  labelled: ReadonlyMap<string, string>,
  file: string,
  { oddities, passedOver }: Remarks,
): { ids: string[]; products: string[] } {
  const ids: string[] = [];
  const products: string[] = [];
  const isThere = new Set(found);
  let missing = 0;
  for (const path of labelled.keys()) {
    if (isThere.has(path)) continue;
    missing++;
    oddities.note("images that label.txt names and that are not there", path);
    passedOver.push({ path, reason: "label.txt names it, and it is not there" });
  }
  if (missing === labelled.size) throw noneIsThere(file, "train_data: DIGIX_000012/NAME.jpg", labelled, found.length);
  for (const path of [...found].sort(byCodeUnits)) {
    const folder = path.slice(0, path.indexOf("/"));
    const product = labelled.get(path) ?? (PRODUCT_FOLDER.test(folder) ? folder : undefined);
    if (!labelled.has(path)) oddities.note("images that label.txt does not name", path);
    if (product === undefined) {
      passedOver.push({ path, reason: "it has no product: label.txt does not name it, nor is its folder one's" });
      continue;
    }
    if (PRODUCT_FOLDER.test(folder) && product !== folder) {
      oddities.note("images whose label is not their folder's", `${path} is ${product}`);
    }
    ids.push(path);
    products.push(product);
  }
  return { ids, products };
}

function noneIsThere(
  file: string,
  relativeTo: string,
  labelled: ReadonlyMap<string, string>,
  images: number,
): InputError {
  return new InputError("none of the images that label.txt names is there", {
    file,
    expected: `paths relative to ${relativeTo}`,
    actual: `${labelled.keys().next().value}, and ${images} images in the folders`,
  });
}

/**
 * Reads a test part: the queries, then the gallery, each by name. Labels are unknown unless there is a label.txt of
 * `query/NAME.jpg,12` lines, which the official parts do not have.
 * @param kind part of the content hash
 * @throws {InputError} when query or gallery is missing, empty, nested, or has two names that differ by case only, or
 *   none of the images that label.txt names is there
 */
export async function scanDigixTest(folder: string, kind: string, onProgress?: ProgressListener): Promise<Scan> {
  const remarks = new Remarks();
  const { oddities } = remarks;
  const top = await readFolder(folder, "", remarks);
  const ids: string[] = [];
  const stamps: Record<string, string> = { ".": top.stamp };
  for (const role of ["query", "gallery"]) {
    if (!top.folders.includes(role)) {
      throw new InputError(`this test part has no ${role} folder`, {
        file: folder,
        expected: "folders query and gallery",
        actual: top.folders.join(", ") || `no folders and ${top.images.length} images`,
      });
    }
    const inside = await readFolder(join(folder, role), role, remarks);
    checkFlat(join(folder, role), inside);
    stamps[role] = inside.stamp;
    for (const name of inside.images) ids.push(`${role}/${name}`);
  }
  const file = join(folder, "label.txt");
  const stamp = await stampOf(file).catch(() => undefined);
  if (stamp === undefined) {
    const labels = new Int32Array(ids.length).fill(-1);
    return withContentHash(kind, folder, { classNames: [], ids, labels }, remarks, stamps, onProgress);
  }
  const part = basename(resolve(folder));
  const labelled = await readDigixLabels(file, part, oddities);
  const classNames = [...new Set(labelled.values())].sort();
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const labels = Int32Array.from(ids, id => labelOf.get(labelled.get(id) ?? "") ?? -1);
  labels.forEach((label, row) => {
    if (label < 0) oddities.note("images that label.txt does not name", ids[row]);
  });
  const isThere = new Set(ids);
  const missing = [...labelled.keys()].filter(path => !isThere.has(path));
  for (const path of missing) {
    oddities.note("images that label.txt names and that are not there", path);
    remarks.passedOver.push({ path, reason: "label.txt names it, and it is not there" });
  }
  if (missing.length === labelled.size) throw noneIsThere(file, `${part}: query/NAME.jpg`, labelled, ids.length);
  return withContentHash(
    kind,
    folder,
    { classNames, ids, labels },
    remarks,
    { ...stamps, "label.txt": stamp },
    onProgress,
  );
}

/** A submission knows images by their names alone. */
function checkFlat(folder: string, { folders, images }: Folder): void {
  if (folders.length > 0) {
    throw new InputError("there are folders inside", {
      file: folder,
      expected: "images and nothing else",
      actual: folders.slice(0, 3).join(", "),
    });
  }
  if (images.length === 0) throw new InputError("there are no images", { file: folder, expected: "NAME.jpg" });
  const earlier = new Map<string, string>();
  for (const name of images) {
    const key = name.normalize("NFC").toLowerCase();
    const other = earlier.get(key);
    if (other !== undefined) {
      throw new InputError("two images have one name", {
        file: folder,
        expected: "names that differ by more than capitals: a submission knows images by them",
        actual: `${other} and ${name}`,
      });
    }
    earlier.set(key, name);
  }
}

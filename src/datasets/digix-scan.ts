import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { hashFiles } from "./content-hash.js";
import { readDigixLabels } from "./digix-labels.js";
import { PRODUCT_FOLDER } from "./digix-layout.js";
import { byCodeUnits, IMAGE_NAME } from "./image-folder.js";
import { OddityList } from "./oddities.js";
import type { Scan } from "./scan-cache.js";
import { stampOf } from "./scan-cache.js";

/** Official names: 16 capitals and digits. */
const USUAL_NAME = /^[\w-]+\.jpg$/;

interface Folder {
  readonly folders: readonly string[];
  readonly images: readonly string[];
  /** Taken before the folder was read. */
  readonly stamp: string;
}

async function kindOf(entry: Dirent, folder: string): Promise<"folder" | "image" | "other" | "broken"> {
  const link = entry.isSymbolicLink();
  const target = link ? await stat(join(folder, entry.name)).catch(() => undefined) : entry;
  if (target === undefined) return "broken";
  return target.isDirectory() ? "folder" : IMAGE_NAME.test(entry.name) ? "image" : "other";
}

async function readFolder(folder: string, shown: string, oddities: OddityList): Promise<Folder> {
  const stamp = await stampOf(folder);
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => byCodeUnits(a.name, b.name));
  const folders: string[] = [];
  const images: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.name === "__MACOSX") continue;
    const kind = await kindOf(entry, folder);
    const path = shown === "" ? entry.name : `${shown}/${entry.name}`;
    switch (kind) {
      case "folder":
        folders.push(entry.name);
        break;
      case "image":
        images.push(entry.name);
        if (!USUAL_NAME.test(entry.name)) oddities.note("images with unusual names", path);
        break;
      case "broken":
        oddities.note("links to nothing, passed over", path);
        break;
      case "other":
        if (path !== "label.txt") oddities.note("files that are no images by their name, passed over", path);
        break;
    }
  }
  return { folders, images, stamp };
}

/** Subfolders are read in groups, in order. */
async function readFolders(root: string, list: readonly string[], oddities: OddityList): Promise<Folder[]> {
  const read: Folder[] = [];
  for (let start = 0; start < list.length; start += 64) {
    const some = list.slice(start, start + 64);
    read.push(...(await Promise.all(some.map(name => readFolder(join(root, name), name, oddities)))));
  }
  return read;
}

function withContentHash(
  kind: string,
  root: string,
  items: Pick<Scan, "classNames" | "ids" | "labels">,
  oddities: OddityList,
  stamps: Readonly<Record<string, string>>,
  onProgress: ProgressListener | undefined,
): Promise<Scan> {
  return hashFiles(kind, root, items, { onProgress }).then(contentHash => ({
    ...items,
    contentHash,
    oddities: oddities.list(),
    stamps,
  }));
}

/**
 * Reads train_data: images by product folder and name. The product of an image is what label.txt says; one that is not
 * in it has that of its folder.
 * @param kind part of the content hash
 * @throws {InputError} when label.txt is missing or wrong, or there are no products or no images
 */
export async function scanDigixTrain(folder: string, kind: string, onProgress?: ProgressListener): Promise<Scan> {
  const oddities = new OddityList();
  const top = await readFolder(folder, "", oddities);
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
  const read = await readFolders(folder, top.folders, oddities);
  const stamps: Record<string, string> = { ".": top.stamp, "label.txt": stamp };
  top.folders.forEach((name, i) => {
    stamps[name] = read[i].stamp;
    if (read[i].images.length === 0 && PRODUCT_FOLDER.test(name)) {
      oddities.note("product folders without images", name);
    }
  });
  const found = [...top.images, ...top.folders.flatMap((name, i) => read[i].images.map(image => `${name}/${image}`))];
  const { ids, products } = labelledImages(found, labelled, file, oddities);
  const classNames = [...new Set([...productFolders, ...labelled.values()])].sort();
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const labels = Int32Array.from(products, product => labelOf.get(product)!);
  return withContentHash(kind, folder, { classNames, ids, labels }, oddities, stamps, onProgress);
}

/** Images that have a product, with it, in the order of their paths. */
function labelledImages(
  found: readonly string[],
  labelled: ReadonlyMap<string, string>,
  file: string,
  oddities: OddityList,
): { ids: string[]; products: string[] } {
  const ids: string[] = [];
  const products: string[] = [];
  const isThere = new Set(found);
  let missing = 0;
  for (const path of labelled.keys()) {
    if (isThere.has(path)) continue;
    missing++;
    oddities.note("images that label.txt names and that are not there", path);
  }
  if (missing === labelled.size) throw noneIsThere(file, "train_data: DIGIX_000012/NAME.jpg", labelled, found.length);
  for (const path of [...found].sort(byCodeUnits)) {
    const folder = path.slice(0, path.indexOf("/"));
    const product = labelled.get(path) ?? (PRODUCT_FOLDER.test(folder) ? folder : undefined);
    if (!labelled.has(path)) oddities.note("images that label.txt does not name", path);
    if (product === undefined) continue;
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
  const oddities = new OddityList();
  const top = await readFolder(folder, "", oddities);
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
    const inside = await readFolder(join(folder, role), role, oddities);
    checkFlat(join(folder, role), inside);
    stamps[role] = inside.stamp;
    for (const name of inside.images) ids.push(`${role}/${name}`);
  }
  const file = join(folder, "label.txt");
  const stamp = await stampOf(file).catch(() => undefined);
  if (stamp === undefined) {
    const labels = new Int32Array(ids.length).fill(-1);
    return withContentHash(kind, folder, { classNames: [], ids, labels }, oddities, stamps, onProgress);
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
  for (const path of missing) oddities.note("images that label.txt names and that are not there", path);
  if (missing.length === labelled.size) throw noneIsThere(file, `${part}: query/NAME.jpg`, labelled, ids.length);
  return withContentHash(
    kind,
    folder,
    { classNames, ids, labels },
    oddities,
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

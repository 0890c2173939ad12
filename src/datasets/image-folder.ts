import { open, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { HashFilesOptions } from "./content-hash.js";
import type { Dataset } from "./dataset.js";
import { datasetOfFiles } from "./dataset-of-files.js";
import { listFolder } from "./folder-listing.js";
import { imageKind, KIND_BYTES } from "./image-kind.js";
import type { PassedOver } from "./passed-over.js";
import { passedOverLines } from "./passed-over.js";

/** Names of files that are taken for images unread: one that is none is listed when it is decoded. */
export const IMAGE_NAME: RegExp = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/** What was found below a folder. */
interface Found {
  /** Paths of the images, relative to the dataset's folder. */
  readonly images: string[];
  readonly passedOver: PassedOver[];
}

/** The first bytes of a regular file. */
async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(KIND_BYTES), 0, KIND_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Why a file is no image of ours; undefined when it is one: by its name, or else by its content. */
async function objectionTo(file: string): Promise<string | undefined> {
  if (IMAGE_NAME.test(file)) return undefined;
  try {
    const { name, decoded } = imageKind(await headOf(file), file);
    if (decoded) return undefined;
    return name === "no image" ? name : `${name}, not read here`;
  } catch (cause) {
    return `it cannot be read (${(cause as NodeJS.ErrnoException).code})`;
  }
}

/** Adds what is below a folder; nested folders count for the class they are in. */
async function collect(root: string, path: string, above: readonly string[], found: Found): Promise<void> {
  const { ino, dev } = await stat(join(root, path), { bigint: true });
  const own = `${dev} ${ino}`;
  if (above.includes(own)) {
    found.passedOver.push({ path, reason: "a link back to a folder above it" });
    return;
  }
  const { folders, files, passedOver } = await listFolder(join(root, path), path);
  found.passedOver.push(...passedOver);
  for (const name of files) {
    const file = `${path}/${name}`;
    const reason = await objectionTo(join(root, file));
    if (reason === undefined) found.images.push(file);
    else found.passedOver.push({ path: file, reason });
  }
  for (const name of folders) await collectOrPassOver(root, `${path}/${name}`, [...above, own], found);
}

/** A folder that cannot be read refuses nothing but itself. */
async function collectOrPassOver(root: string, path: string, above: readonly string[], found: Found): Promise<void> {
  await collect(root, path, above, found).catch((cause: NodeJS.ErrnoException) => {
    found.passedOver.push({ path, reason: `a folder that cannot be read (${cause.code ?? cause.message})` });
  });
}

/** Pictures beside the class folders are listed, for they look like items; other files are documents. */
async function loosePictures(root: string, files: readonly string[]): Promise<PassedOver[]> {
  const objections = await Promise.all(files.map(name => objectionTo(join(root, name))));
  return files
    .filter((_, i) => objections[i] !== "no image")
    .map(path => ({ path, reason: "it is in no class's folder" }));
}

/**
 * A folder with one subfolder a class (`root/class/picture.jpg`). Classes are the subfolders' names in code-unit
 * order; an empty one stays a class without images, as some of DIGIX's are. Folders inside a class's belong to it. Ids
 * are `class/picture.jpg`, `class/nested/picture.jpg`.
 *
 * Images are the files named so (jpg, jpeg, png, webp, gif, tif, tiff, avif) and those that are of such a kind by their
 * first bytes, whatever their names. All others, and whatever cannot be read (links to nothing and back up, pipes,
 * names that are not UTF-8), are in `passedOver`; what starts with a dot is not even listed.
 * @throws {InputError} when the folder is missing, has no subfolders, or none of them has an image
 */
export async function openImageFolder(root: string, options: HashFilesOptions = {}): Promise<Dataset<Int32Array>> {
  const top = await listFolder(root, "").catch((cause: Error) => {
    throw new InputError("this dataset folder cannot be read", {
      file: root,
      expected: "a folder with one subfolder of images a class",
      actual: cause.message,
      cause,
    });
  });
  const classNames = top.folders;
  const { ino, dev } = await stat(root, { bigint: true });
  const ids: string[] = [];
  const labels: number[] = [];
  const passedOver = [...top.passedOver, ...(await loosePictures(root, top.files))];
  for (const [label, className] of classNames.entries()) {
    const found: Found = { images: [], passedOver };
    await collectOrPassOver(root, className, [`${dev} ${ino}`], found);
    for (const id of found.images) {
      ids.push(id);
      labels.push(label);
    }
  }
  if (ids.length === 0) throw noImages(root, classNames, passedOver);
  const description = `Images in ${resolve(root)}, one subfolder a class, nested folders included`;
  const items = { classNames, ids, labels: Int32Array.from(labels), passedOver };
  return datasetOfFiles(root, "image-folder", description, items, options);
}

function noImages(root: string, classNames: readonly string[], passedOver: readonly PassedOver[]): InputError {
  const folders = classNames.length === 0 ? "no subfolders" : `${classNames.length} subfolders without images`;
  return new InputError("this dataset folder has no images", {
    file: root,
    expected: "images in subfolders, one subfolder a class: class/picture.jpg",
    actual: [folders, ...passedOverLines(passedOver)].join("; "),
  });
}

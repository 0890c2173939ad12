import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import type { HashFilesOptions } from "./content-hash.js";
import { hashFiles } from "./content-hash.js";
import type { Dataset } from "./dataset.js";

/** Names of files that are images. */
export const IMAGE_NAME: RegExp = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/** Order by code units: the same on every machine, whatever its language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A dataset out of image files below a folder. Shared by the datasets that are made of files. */
export async function datasetOfFiles<L extends Labels>(
  root: string,
  kind: string,
  description: string,
  items: { readonly classNames: readonly string[]; readonly ids: readonly string[]; readonly labels: L },
  options: HashFilesOptions = {},
): Promise<Dataset<L>> {
  return {
    name: kind,
    description,
    ...items,
    contentHash: await hashFiles(kind, root, items, options),
    async image(row) {
      if (!(row >= 0 && row < items.ids.length)) {
        throw new InputError(`${root} has no row ${row}`, { expected: `0..${items.ids.length - 1}` });
      }
      return join(root, items.ids[row]);
    },
  };
}

async function classFolders(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  const visible = entries.filter(entry => !entry.name.startsWith("."));
  const isFolder = await Promise.all(
    visible.map(async entry => entry.isDirectory() || (await isFolderBehindLink(entry, root))),
  );
  return visible
    .filter((_, i) => isFolder[i])
    .map(entry => entry.name)
    .sort(byCodeUnits);
}

async function isFolderBehindLink(entry: Dirent, root: string): Promise<boolean> {
  return entry.isSymbolicLink() && (await stat(join(root, entry.name))).isDirectory();
}

async function imagesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter(name => !name.startsWith(".") && IMAGE_NAME.test(name)).sort(byCodeUnits);
}

/**
 * A folder with one subfolder a class (`root/class/picture.jpg`). Classes are the subfolders' names in code-unit
 * order; an empty one stays a class without images, as some of DIGIX's are. Ids are `class/picture.jpg`.
 * Files that are no images by their name (jpg, png, webp, gif, tiff, avif) are passed over, and so is whatever starts
 * with a dot.
 * @throws {InputError} when the folder is missing, has no subfolders, or none of them has an image
 */
export async function openImageFolder(root: string, options: HashFilesOptions = {}): Promise<Dataset> {
  let classNames: string[];
  try {
    classNames = await classFolders(root);
  } catch (cause) {
    throw new InputError("this dataset folder cannot be read", {
      file: root,
      expected: "a folder with one subfolder of images a class",
      actual: (cause as Error).message,
      cause,
    });
  }
  const ids: string[] = [];
  const labels: number[] = [];
  for (const [label, className] of classNames.entries()) {
    for (const name of await imagesIn(join(root, className))) {
      ids.push(`${className}/${name}`);
      labels.push(label);
    }
  }
  if (ids.length === 0) {
    throw new InputError("this dataset folder has no images", {
      file: root,
      expected: "images in subfolders, one subfolder a class: class/picture.jpg",
      actual: classNames.length === 0 ? "no subfolders" : `${classNames.length} subfolders without images`,
    });
  }
  const description = `Images in ${resolve(root)}, one subfolder a class`;
  const items = { classNames, ids, labels: Int32Array.from(labels) };
  return datasetOfFiles(root, "image-folder", description, items, options);
}

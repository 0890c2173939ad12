// MIRFlickr-25k as its makers publish it: im1.jpg … im25000.jpg, and a folder of annotations, in which `sky.txt` lists the
// numbers of the pictures that show sky, `sky_r1.txt` of those that are about it. Huiskes, Lew, MIR 2008.
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { MultiHotLabels } from "../core/labels.js";
import { multiHotLabels } from "../core/labels.js";
import type { HashFilesOptions } from "./content-hash.js";
import type { Dataset } from "./dataset.js";
import { datasetOfFiles } from "./dataset-of-files.js";

const PICTURE = /^im(\d+)\.jpg$/;

/** Whether a folder is one of annotations: text files, none of which is a list of roles. */
export async function isAnnotationFolder(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some(name => name.endsWith("_r1.txt"));
}

/** The annotation files of a folder, in code-unit order: a class each, called by the file. */
export async function annotationFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith(".txt") && name.toLowerCase() !== "readme.txt");
  return names.sort();
}

/** How many pictures there are; the numbers must be 1 to that. */
async function countPictures(images: string): Promise<number> {
  const names = await readdir(images).catch((cause: Error) => {
    throw new InputError("this folder of images cannot be read", { file: images, actual: cause.message, cause });
  });
  const numbers = names.flatMap(name => Number(PICTURE.exec(name)?.[1] ?? Number.NaN) || []);
  const most = numbers.reduce((a, b) => Math.max(a, b), 0);
  if (most > 0 && numbers.length === most) return most;
  const there = new Set(numbers);
  const missing = Array.from({ length: most }, (_, i) => i + 1).find(number => !there.has(number));
  throw new InputError("these are not MIRFlickr's images", {
    file: images,
    expected: "im1.jpg, im2.jpg … without a gap; of MIRFlickr-25k to im25000.jpg",
    actual: most === 0 ? "none of them" : `${numbers.length} to im${most}.jpg, no im${missing}.jpg`,
  });
}

async function readAnnotation(file: string, pictures: number): Promise<number[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.flatMap((line, i) => {
    const text = line.trim();
    if (text === "") return [];
    if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= pictures) return [Number(text)];
    throw new InputError("this is no number of a picture", {
      file: `${file}, line ${i + 1}`,
      expected: `1..${pictures}`,
      actual: JSON.stringify(text.slice(0, 40)),
    });
  });
}

/**
 * MIRFlickr's images with a class for each annotation file, the narrow ones (`_r1`) too. No roles: these are drawn.
 * @param annotations the folder `mirflickr25k_annotations_v080`
 * @param images the folder of im1.jpg …
 * @throws {InputError} naming file and line of what is no number of a picture; when pictures are missing
 */
export async function openMirflickr(
  annotations: string,
  images: string,
  options: HashFilesOptions = {},
): Promise<Dataset> {
  const pictures = await countPictures(images);
  const files = await annotationFiles(annotations);
  const classNames = files.map(name => name.slice(0, -".txt".length));
  const data = new Uint8Array(pictures * files.length); // (pictures, classes)
  for (const [label, name] of files.entries()) {
    for (const number of await readAnnotation(join(annotations, name), pictures)) {
      data[(number - 1) * files.length + label] = 1;
    }
  }
  const labels: MultiHotLabels = multiHotLabels({ data, shape: [pictures, files.length] });
  const ids = Array.from({ length: pictures }, (_, i) => `im${i + 1}.jpg`);
  const description = `MIRFlickr: ${resolve(images)}, by the annotations in ${resolve(annotations)}`;
  return datasetOfFiles(images, "mirflickr", description, { classNames, ids, labels }, options);
}

import { classesOf } from "../core/classes-of-items.js";
import type { Labels } from "../core/labels.js";
import type { Dataset } from "../datasets/dataset.js";
import type { ImageInput } from "../datasets/image-input.js";
import { Refusal } from "./refusal.js";

/** What is found: the items of a gallery by its rows, which are those of the data without images that could not be read. */
export interface GalleryItems {
  /** Name of the dataset. */
  readonly name: string;
  /** What it is called for people. */
  readonly title: string;
  readonly classNames: readonly string[];
  readonly count: number;
  /** Whether classes are products, as in a challenge's data. */
  readonly products: boolean;
  idOf(row: number): string;
  /** Places of its classes; none where they are not known. */
  labelsOf(row: number): number[];
  /** Names of its classes. */
  classesOf(row: number): string[];
  /** Absent where nobody said where the pictures are. */
  image?(row: number): Promise<ImageInput>;
}

/** What items are made of. */
export interface ItemsParts extends Pick<Dataset, "name" | "classNames" | "ids"> {
  readonly labels: Labels;
  /** Default: the name. */
  readonly title?: string;
  /** Rows of these that can be found, ascending. */
  readonly rows: Int32Array;
  image?(row: number): Promise<ImageInput>;
}

/** @param parts of all rows of the data */
export function galleryItems({ name, title = name, classNames, ids, labels, rows, image }: ItemsParts): GalleryItems {
  const labelsOf = (row: number): number[] => classesOf(labels, rows[row]);
  return {
    name,
    title,
    classNames,
    count: rows.length,
    products: /^digix\b/.test(name),
    idOf: row => ids[rows[row]],
    labelsOf,
    classesOf: row => labelsOf(row).map(label => classNames[label] ?? `class ${label}`),
    ...(image === undefined ? {} : { image: row => image(rows[row]) }),
  };
}

/** Rows 0..count−1 without those that could not be read. */
export function readableRows(count: number, failed: Iterable<number>): Int32Array {
  const missing = new Set(failed);
  return Int32Array.from({ length: count }, (_, row) => row).filter(row => !missing.has(row));
}

/** Why a picture of the gallery is not there. It does not name the file: who asks need not know where that is. */
export function pictureGone(row: number): Refusal {
  return new Refusal("not-found", `the picture of row ${row} can no longer be read: its file is gone or damaged`);
}

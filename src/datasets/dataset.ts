import { classesOf } from "../core/classes-of-items.js";
import type { Labels } from "../core/labels.js";
import { isLabelled, labelCount, singleLabels } from "../core/labels.js";
import type { ImageInput } from "./image-input.js";
import type { ListFindings } from "./list-findings.js";
import type { Oddity } from "./oddities.js";
import type { PassedOver } from "./passed-over.js";
import type { Split } from "./roles.js";
import type { SearchRole } from "./search-role.js";

/** The label of an item whose class is not known, as of a challenge's test images. */
export const UNKNOWN = -1;

/**
 * Labelled images. An item is known by its row (0-based), and across versions and machines by its id. Each has one
 * class, or a set of classes: what can be done with one alone takes `Dataset<Int32Array>`, see `singleLabelled`.
 */
export interface Dataset<L extends Labels = Labels> {
  readonly name: string;
  /** One sentence for people: what it is and where it came from. */
  readonly description: string;
  /** Names of the classes; a label is a place in this list. */
  readonly classNames: readonly string[];
  /** Unique names of the items, in row order: `t10k/00042`, or a path relative to the dataset's folder. */
  readonly ids: readonly string[];
  /** Class of each item, in 0..classNames.length-1, or −1 where it is not known; or the set of its classes. */
  readonly labels: L;
  /** Which rows are queries, train and database, where the dataset itself says so. */
  readonly roles?: Split;
  /**
   * Of labelled images of a challenge, by row: what each would be in a test, where that is known. Folds of products search
   * as it says. No part of the content hash.
   */
  readonly searchedAs?: readonly SearchRole[];
  /** SHA-256 (hex) of what shaped the dataset; features made from another hash are stale. */
  readonly contentHash: string;
  /** True for images that were drawn, not photographed: what is measured on them says nothing of photographs. */
  readonly synthetic?: boolean;
  /** What is unusual about its files but no error. Absent where nothing is tolerated. */
  readonly oddities?: readonly Oddity[];
  /** Files of its folder that are no items, and why. Absent or empty: there are none. */
  readonly passedOver?: readonly PassedOver[];
  /** Names of products (classes) that were made one, the name kept first. Absent: none was. */
  readonly mergedProducts?: readonly (readonly string[])[];
  /** What the lists say that it was made from. Absent: it was made from none. */
  readonly listed?: ListFindings;
  /** The image of a row. Cheap: files are named here, and read where they are decoded. */
  image(row: number): Promise<ImageInput>;
}

/**
 * A dataset of one class an item, for what cannot be done with several.
 * @param purpose what takes it, as a sentence begins: "a challenge"
 * @throws {InputError} for multi-hot labels
 */
export function singleLabelled(dataset: Dataset, purpose: string): Dataset<Int32Array> {
  return { ...dataset, labels: singleLabels(dataset.labels, purpose, { file: dataset.name }) };
}

/**
 * Rows of each class in ascending order: `rowsByClass(d)[label]`. Rows of unknown class are in none, those of several
 * classes in each.
 */
export function rowsByClass(dataset: Pick<Dataset, "classNames" | "labels">): number[][] {
  const { classNames, labels } = dataset;
  const rows: number[][] = classNames.map(() => []);
  for (let row = 0; row < labelCount(labels); row++) {
    for (const label of classesOf(labels, row)) rows[label].push(row);
  }
  return rows;
}

/** What a dataset holds, in numbers. */
export interface DatasetSummary {
  readonly name: string;
  readonly description: string;
  readonly images: number;
  readonly classes: number;
  /** Images of each class, in label order. */
  readonly perClass: readonly { readonly label: number; readonly name: string; readonly images: number }[];
  /** Images whose class is not known. */
  readonly unknown: number;
  /** Images of the smallest class, and of the largest; 0 when there are no classes. */
  readonly smallestClass: number;
  readonly largestClass: number;
  readonly contentHash: string;
}

/** Counts what a dataset holds: images in all, of each class, and without one. No image is read. */
export function datasetSummary(dataset: Dataset): DatasetSummary {
  const perClass = rowsByClass(dataset).map((rows, label) => ({
    label,
    name: dataset.classNames[label],
    images: rows.length,
  }));
  const counts = perClass.map(one => one.images);
  return {
    name: dataset.name,
    description: dataset.description,
    images: dataset.ids.length,
    classes: dataset.classNames.length,
    perClass,
    unknown: dataset.ids.filter((_, row) => !isLabelled(dataset.labels, row)).length,
    smallestClass: counts.length === 0 ? 0 : counts.reduce((least, count) => Math.min(least, count)),
    largestClass: counts.reduce((most, count) => Math.max(most, count), 0),
    contentHash: dataset.contentHash,
  };
}

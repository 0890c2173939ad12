import type { ImageInput } from "./image-input.js";
import type { Oddity } from "./oddities.js";

/** The label of an item whose class is not known, as of a challenge's test images. */
export const UNKNOWN = -1;

/** Labelled images. An item is known by its row (0-based), and across versions and machines by its id. */
export interface Dataset {
  readonly name: string;
  /** One sentence for people: what it is and where it came from. */
  readonly description: string;
  /** Names of the classes; a label is a place in this list. */
  readonly classNames: readonly string[];
  /** Unique names of the items, in row order: `t10k/00042`, or a path relative to the dataset's folder. */
  readonly ids: readonly string[];
  /** Class of each item, in 0..classNames.length-1, or {@link UNKNOWN}. */
  readonly labels: Int32Array;
  /** SHA-256 (hex) of what shaped the dataset; features made from another hash are stale. */
  readonly contentHash: string;
  /** True for images that were drawn, not photographed: what is measured on them says nothing of photographs. */
  readonly synthetic?: boolean;
  /** What is unusual about its files but no error. Absent where nothing is tolerated. */
  readonly oddities?: readonly Oddity[];
  /** The image of a row. Cheap: files are named here, and read where they are decoded. */
  image(row: number): Promise<ImageInput>;
}

/** Rows of each class in ascending order: `rowsByClass(d)[label]`. Rows of unknown class are in none. */
export function rowsByClass(dataset: Pick<Dataset, "classNames" | "labels">): number[][] {
  const rows: number[][] = dataset.classNames.map(() => []);
  for (let row = 0; row < dataset.labels.length; row++) {
    if (dataset.labels[row] !== UNKNOWN) rows[dataset.labels[row]].push(row);
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

/** Counts what a dataset holds. No image is read. */
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
    unknown: dataset.ids.length - counts.reduce((sum, count) => sum + count, 0),
    smallestClass: counts.length === 0 ? 0 : counts.reduce((least, count) => Math.min(least, count)),
    largestClass: counts.reduce((most, count) => Math.max(most, count), 0),
    contentHash: dataset.contentHash,
  };
}

import type { Dataset } from "./dataset.js";

/** A size that is known of a part of DIGIX 2020, and what is here. */
export interface CountCheck {
  /** In words, plural: "gallery images". */
  readonly what: string;
  readonly published: number;
  readonly here: number;
}

type Counted = Pick<Dataset, "ids" | "classNames" | "labels">;

/** What there is to count. */
const HERE: Readonly<Record<string, (dataset: Counted) => number>> = {
  images: ({ ids }) => ids.length,
  products: ({ classNames }) => classNames.length,
  "products without images": ({ classNames, labels }) => classNames.length - productsOf(labels),
  queries: ({ ids }) => ids.filter(id => id.startsWith("query/")).length,
  "gallery images": ({ ids }) => ids.filter(id => id.startsWith("gallery/")).length,
};

/** By the name of the dataset; from the write-ups of those who took part, since the organisers' page is gone. */
const PUBLISHED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  digix: { images: 68_811, products: 3_097, "products without images": 3 },
  "digix-test-a": { queries: 9_600, "gallery images": 49_804 },
  "digix-test-b": { queries: 41_574, "gallery images": 95_120 },
  "digix-final": { queries: 55_168, "gallery images": 29_758 },
};

/**
 * Sizes that are known of a part of DIGIX 2020 beside those of the dataset. A difference is no error: what is there can be
 * used. None for drawings and other datasets.
 */
export function digixCounts(dataset: Counted & Pick<Dataset, "name" | "synthetic">): CountCheck[] {
  if (dataset.synthetic || !Object.hasOwn(PUBLISHED, dataset.name)) return [];
  const published = Object.entries(PUBLISHED[dataset.name]);
  return published.map(([what, count]) => ({ what, published: count, here: HERE[what](dataset) }));
}

function productsOf(labels: Dataset["labels"]): number {
  if (!(labels instanceof Int32Array)) return 0; // no part of DIGIX has several labels an image
  return new Set(labels.filter(label => label >= 0)).size;
}

/** One line for people. */
export function countLine({ what, published, here }: CountCheck): string {
  const difference = here - published;
  if (difference === 0) return `${here} ${what}, as DIGIX 2020 has them`;
  return `${here} ${what}, ${Math.abs(difference)} ${difference < 0 ? "fewer" : "more"} than the ${published} of DIGIX 2020`;
}

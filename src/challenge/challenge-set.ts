import { InputError } from "../core/errors.js";
import { singleLabels } from "../core/labels.js";
import type { Dataset } from "../datasets/dataset.js";
import { digixRoles } from "../datasets/digix.js";
import type { ChallengeNames } from "./known-names.js";
import { productFold } from "./product-folds.js";
import type { ChallengeLabels } from "./score.js";

/** What is searched with and what is searched, out of a dataset. */
export interface ChallengeSet {
  /** Rows of the dataset; names and labels are in their order. */
  readonly rows: { readonly query: Int32Array; readonly gallery: Int32Array };
  readonly names: ChallengeNames;
  /** Products; negative: unknown. */
  readonly labels: ChallengeLabels;
  /** For people: `digix-sample, fold 1 of 5`. */
  readonly title: string;
  /** True for images that were drawn, not photographed: a score on them says nothing of the challenge. */
  readonly synthetic: boolean;
}

/** What a challenge needs to know of a dataset: no image. */
export type ChallengeItems = Pick<Dataset, "name" | "ids" | "labels" | "synthetic" | "searchedAs">;

/** Settings of {@link challengeSet}. */
export interface ChallengeSetOptions {
  /** Which fold of labelled data. Default: the queries and the gallery of a test part, as its folders say. */
  readonly fold?: { readonly fold: number; readonly of: number };
  /** Of the deal of products to folds. Default 0. */
  readonly foldSeed?: number;
}

/**
 * Queries and gallery of a test part of DIGIX, or of a fold of labelled data. Images go by their file names without
 * folders; where two of a side share one, which only labelled data may have, all of it go by their ids with `_` for `/`.
 * @throws {InputError} when the dataset has no such parts, or the fold is out of bounds
 */
export function challengeSet(dataset: ChallengeItems, { fold, foldSeed = 0 }: ChallengeSetOptions = {}): ChallengeSet {
  const { name, ids } = dataset;
  const labels = singleLabels(dataset.labels, "a challenge");
  const isTest = ids.some(id => id.startsWith("query/"));
  if (!isTest && fold === undefined) {
    throw new InputError(`${name} has no queries of its own`, {
      expected: "a fold of it (--fold 1/5), or a test part such as digix-test-a",
    });
  }
  const { query, gallery } =
    fold === undefined
      ? digixRoles(dataset)
      : productFold(labels, { ...fold, seed: foldSeed, searchedAs: dataset.searchedAs });
  const labelsOf = (rows: Int32Array): Int32Array => rows.map(row => labels[row]);
  return {
    rows: { query, gallery },
    names: { queries: fileNames(ids, query), gallery: fileNames(ids, gallery) },
    labels: { queries: labelsOf(query), gallery: labelsOf(gallery) },
    title:
      fold === undefined
        ? name
        : `${name}, fold ${fold.fold} of ${fold.of}${foldSeed === 0 ? "" : `, seed ${foldSeed}`}`,
    synthetic: dataset.synthetic === true,
  };
}

function fileNames(ids: readonly string[], rows: Int32Array): string[] {
  const names = Array.from(rows, row => ids[row].slice(ids[row].lastIndexOf("/") + 1));
  return new Set(names).size === names.length ? names : Array.from(rows, row => ids[row].replaceAll("/", "_"));
}

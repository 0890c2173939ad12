import { HashbookError } from "../core/errors.js";
import { singleLabels } from "../core/labels.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Split } from "../datasets/split.js";
import { hashingSplit, officialSplit } from "../datasets/split.js";
import { overlapText } from "../datasets/split-overlaps.js";

/** Sizes of a split. */
export interface SplitCounts {
  readonly protocol: string;
  readonly seed: number;
  readonly query: number;
  readonly train: number;
  readonly database: number;
  /** Which roles overlap, in words. Absent: none does. */
  readonly overlaps?: string;
}

/** The splits that a dataset allows, and why the default one is not among them, when it is not. */
export interface DatasetSplits {
  readonly splits: readonly SplitCounts[];
  readonly splitProblem?: string;
}

function countsOf(split: Split): SplitCounts {
  const { protocol, seed, query, train, database } = split;
  const overlaps = overlapText(split);
  const counts = { protocol, seed, query: query.length, train: train.length, database: database.length };
  return overlaps === undefined ? counts : { ...counts, overlaps };
}

/** Whether a dataset is one of DIGIX's parts, real or synthetic, which have splits of their own. */
function isDigix({ name }: Dataset): boolean {
  return name.startsWith("digix");
}

/** Counts the splits of a dataset: its own where it has roles, else those of the field's protocol. */
export async function splitsOf(dataset: Dataset): Promise<DatasetSplits> {
  try {
    if (isDigix(dataset)) return { splits: [await challengeSplit(dataset)] };
    if (dataset.roles !== undefined) return { splits: [countsOf(dataset.roles)] };
    const official = dataset.name === "fashion-mnist" ? [countsOf(officialSplit(dataset))] : [];
    try {
      return { splits: [...official, countsOf(hashingSplit(dataset))] };
    } catch (error) {
      if (!(error instanceof HashbookError)) throw error;
      return { splits: official, splitProblem: error.message };
    }
  } catch (error) {
    if (!(error instanceof HashbookError)) throw error;
    return { splits: [], splitProblem: error.message };
  }
}

/** Fold 1 of 5 by product, or the query and gallery of a test part. */
async function challengeSplit(dataset: Dataset): Promise<SplitCounts> {
  if (dataset.ids[0].startsWith("query/")) {
    const { digixRoles } = await import("../datasets/digix.js");
    const { query, gallery } = digixRoles(dataset);
    const protocol = "the challenge's: queries are searched in the gallery";
    return { protocol, seed: 0, query: query.length, train: 0, database: gallery.length };
  }
  const { productFold } = await import("../challenge/product-folds.js");
  const { train, query, gallery } = productFold(singleLabels(dataset.labels, "a challenge"), { fold: 1, of: 5 });
  const protocol = "fold 1/5: a fifth of the products held out, their images query and gallery";
  return { protocol, seed: 0, query: query.length, train: train.length, database: gallery.length };
}

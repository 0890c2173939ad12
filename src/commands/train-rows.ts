import { InputError } from "../core/errors.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { learnedNames } from "../datasets/query-classes.js";
import { learnsClasses } from "../experiments/learned-rows.js";
import type { SeenByModel } from "../features/seen-by-model.js";
import type { SeenAs } from "../features/seen-items.js";
import { distinctSeen, SEEN_AS, seenItems } from "../features/seen-items.js";
import type { HeadDescription } from "../hashing/head-file.js";
import type { Method } from "../methods/method.js";
import type { TrainFlags } from "./train-flags.js";
import type { TrainingItems } from "./training-data.js";

/** The rows of the items, or those whose product is not of the fold that is left out. */
export async function rowsToTrainOn(
  { fold, foldSeed = 0 }: TrainFlags,
  { labels, train, items, roles }: TrainingItems,
): Promise<Int32Array> {
  if (items !== undefined && roles === undefined && fold === undefined) {
    process.stderr.write(
      `the data has no roles: all ${train.length} rows are trained on (\`hashbook split\` draws queries)\n`,
    );
  }
  if (fold === undefined) return train;
  if (!(labels instanceof Int32Array)) {
    throw new InputError("products of multi-label items overlap", { expected: "one label an item with --fold" });
  }
  const { productFold } = await import("../challenge/product-folds.js");
  const kept = new Set(productFold(labels, { ...fold, seed: foldSeed }).train);
  return train.filter(row => kept.has(row));
}

/**
 * What head.json says of the data, for all that the model is used for later.
 * @param method what learned
 * @param learned rows that it was trained on or fitted to, and those by which its epoch was chosen
 */
export function modelSeen(
  { fold, foldSeed = 0 }: TrainFlags,
  { items, origin, labels, classNames, manifest, roles, mergedProducts }: TrainingItems,
  method: Method,
  learned: Partial<Readonly<Record<SeenAs, Int32Array>>>,
): SeenByModel & Pick<HeadDescription, "features"> {
  const read = learnsClasses(method) ? learned.trained : undefined;
  const seen = SEEN_AS.flatMap(as => (learned[as] === undefined ? [] : [seenItems(as, learned[as], origin)]));
  return {
    seen: distinctSeen([...(manifest?.seen ?? []), ...seen]),
    ...(classNames === undefined ? {} : { classNames, learnedClasses: learnedNames({ labels, classNames }, read) }),
    ...(items === undefined ? {} : { trainedOn: items }),
    ...(mergedProducts === undefined ? {} : { mergedProducts }),
    // Absent: all rows were trained on, queries to come among them.
    ...(roles === undefined ? {} : { roles }),
    ...(fold === undefined ? {} : { fold: { ...fold, seed: foldSeed } }),
    // What `extract` wrote beside the features says which network and views made them: `search`, `export` need it.
    ...(manifest === undefined ? {} : { features: manifest }),
  };
}

/** What is said of roles that overlap, as published lists have it, and of rows of unknown class: nothing where there are none. */
export function rowsNote(
  { overlaps, unlabelled: rows }: Pick<TrainingItems, "overlaps" | "unlabelled">,
  treated: Unlabelled,
): { readonly document: object; readonly lines: readonly string[] } {
  const ways = {
    drop: "left out (--unlabelled keep trains on them)",
    keep: "trained on as similar to none",
  };
  return {
    document: {
      ...(overlaps === undefined ? {} : { overlaps }),
      ...(rows === 0 ? {} : { unlabelled: { rows, treated } }),
    },
    lines: [
      ...(overlaps === undefined ? [] : [`overlapping roles: ${overlaps}`]),
      ...(rows === 0 ? [] : [`${rows} rows of unknown class: ${ways[treated]}`]),
    ],
  };
}

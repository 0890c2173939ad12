// Retrieval among classes that training never sees: Sablayrolles, Douze, Usunier, Jégou, "How should we evaluate
// supervised hashing?", ICASSP 2017 (arXiv 1609.06753), section 3.
import { InputError } from "../core/errors.js";
import { singleLabels } from "../core/labels.js";
import { someNames } from "../core/named-labels.js";
import { Random } from "../core/random.js";
import { rowsByClass } from "./dataset.js";
import type { Split } from "./roles.js";
import type { ClassQuota, Labelled } from "./split.js";
import { checkSizes, sortRows, wholeNumber, withinClass } from "./split.js";
import { DRAWN_BEGINNING } from "./split-overlaps.js";

/** Settings of {@link unseenClassSplit}. */
export interface UnseenClassOptions {
  /** Classes that training never sees, 2 to all but 2. Default a quarter of them, rounded, at least 2 (the paper's share, from memory). */
  readonly unseenClasses?: number;
  /** Queries of each of them, 1 or more; the rest of their images is the database. Default 100. */
  readonly queryPerClass?: number;
  /** Train images of each other class, 1 or more. Default 500. */
  readonly trainPerClass?: number;
  /** Of the classes and of the images. Default 0. */
  readonly seed?: number;
}

/** Why train rows stand outside the database here: it is the point. */
const DRAWN_AS = `${DRAWN_BEGINNING}as in Sablayrolles et al., ICASSP 2017: training classes are kept out of the database`;

/**
 * A split whose queries and database are of classes that no train row has. Which classes, the seed decides; of each, the
 * images are drawn as `hashingSplit` draws them: with the same seed and numbers, the queries of an unseen class and the
 * train rows of any other are those of the usual protocol.
 * @param dataset of one class an image
 * @throws {InputError} when there are too few classes, a class is too small, or images have several labels
 */
export function unseenClassSplit(dataset: Labelled, options: UnseenClassOptions = {}): Split {
  const { queryPerClass = 100, trainPerClass = 500 } = options;
  wholeNumber("queryPerClass", queryPerClass, 1);
  wholeNumber("trainPerClass", trainPerClass, 1);
  singleLabels(dataset.labels, "a split by class");
  const members = rowsByClass(dataset);
  const classes = [...members.keys()].filter(label => members[label].length > 0);
  checkSizes(dataset, members, { queryPerClass, trainPerClass }, classes);
  const quota = { query: queryPerClass, train: trainPerClass };
  return drawUnseen(dataset, () => quota, options);
}

/**
 * As {@link unseenClassSplit}, where the size of a class decides what it gives.
 * @param quotaOf of a class, by its number of images and its label
 */
export function drawUnseen(
  dataset: Labelled,
  quotaOf: (images: number, label: number) => Pick<ClassQuota, "query" | "train">,
  { unseenClasses, seed = 0 }: Pick<UnseenClassOptions, "unseenClasses" | "seed">,
): Split {
  const members = rowsByClass(dataset);
  const there = [...members.keys()].filter(label => members[label].length > 0);
  const count = unseenClasses ?? Math.max(2, Math.round(there.length / 4));
  checkCount(count, there.length, dataset.name);
  const order = new Random(seed).stream("unseen classes").permutation(there.length);
  const unseen = new Set(Array.from(order.subarray(0, count), at => there[at]));
  const drawn = { query: [] as number[], train: [] as number[], database: [] as number[] };
  for (const label of there) {
    const rows = withinClass(members[label], label, seed);
    const { query, train } = quotaOf(rows.length, label);
    if (unseen.has(label)) {
      drawn.query.push(...rows.slice(0, query));
      for (const row of rows.slice(query)) drawn.database.push(row);
    } else {
      for (const row of rows.slice(query, query + train)) drawn.train.push(row);
    }
  }
  const names = someNames(there.filter(label => unseen.has(label)).map(label => dataset.classNames[label]));
  const [query, train, database] = [drawn.query, drawn.train, drawn.database].map(sortRows);
  const protocol =
    `${count} of ${there.length} classes never trained on (${names}): ${query.length} query, database all other images ` +
    `of them; ${train.length} train of the other ${there.length - count} classes`;
  return { protocol, asPublished: DRAWN_AS, seed, query, train, database };
}

/** Fewer than two classes on a side leave nothing to tell apart there. */
function checkCount(count: number, classes: number, name: string): void {
  if (Number.isInteger(count) && count >= 2 && count <= classes - 2) return;
  throw new InputError(`unseenClasses does not fit the ${classes} classes of ${name}`, {
    expected:
      classes < 4 ? "data of four classes or more: two to train on, two to search among" : `2 to ${classes - 2}`,
    actual: `${count}`,
  });
}

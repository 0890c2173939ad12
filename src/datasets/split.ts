import { InputError } from "../core/errors.js";
import { singleLabels } from "../core/labels.js";
import { Random } from "../core/random.js";
import { stratifiedParts } from "../core/stratified-parts.js";
import { labelledRows } from "../core/unlabelled.js";
import type { Dataset } from "./dataset.js";
import { rowsByClass } from "./dataset.js";
import type { Split } from "./roles.js";

export type { Split } from "./roles.js";

/** What a split by class needs to know of a dataset. */
export type Labelled = Pick<Dataset, "name" | "classNames" | "labels">;

/** Classes in messages. */
const NAMED_AT_MOST = 10;

/** Rows in ascending order. */
export function sortRows(rows: readonly number[]): Int32Array {
  return Int32Array.from(rows).sort();
}

/** Rows in random order. The stream belongs to the class, so that one class's size moves nothing in another. */
function shuffle(rows: readonly number[], random: Random, purpose: string): number[] {
  return Array.from(random.stream(purpose).permutation(rows.length), i => rows[i]);
}

/** @throws {InputError} for what is no whole number (or infinity) from `least` on */
export function wholeNumber(name: string, value: number, least: number): void {
  if (!(Number.isInteger(value) || value === Number.POSITIVE_INFINITY) || value < least) {
    throw new InputError(`${name} is out of bounds`, { expected: `a whole number from ${least}`, actual: `${value}` });
  }
}

/**
 * The usual protocol of hashing papers on CIFAR-10, seeded: of each class, `queryPerClass` random images are queries,
 * the next `trainPerClass` are for training, and the database is everything but the queries (so training images are
 * part of it). Small numbers give a small split for a quick run; the images of `trainPerClass: 50` are among those of
 * `trainPerClass: 500` with the same seed and the same queries.
 * @throws {InputError} when a class is too small
 */
export function hashingSplit(
  dataset: Labelled,
  options: {
    /** Queries a class, 1 or more. Default 100. */
    queryPerClass?: number;
    /** Training images a class, 0 or more. Default 500. */
    trainPerClass?: number;
    /** Database images a class, at least trainPerClass. Default: all that are no queries. */
    databasePerClass?: number;
    /** Default 0. */
    seed?: number;
  } = {},
): Split {
  const { queryPerClass = 100, trainPerClass = 500, databasePerClass = Number.POSITIVE_INFINITY, seed = 0 } = options;
  wholeNumber("queryPerClass", queryPerClass, 1);
  wholeNumber("trainPerClass", trainPerClass, 0);
  wholeNumber("databasePerClass", databasePerClass, Math.max(trainPerClass, 1));
  singleLabels(dataset.labels, "a split by class"); // before sizes are judged that such rows do not have
  checkSizes(dataset, rowsByClass(dataset), { queryPerClass, trainPerClass });
  const quota = { query: queryPerClass, train: trainPerClass, database: databasePerClass };
  const rest = databasePerClass === Number.POSITIVE_INFINITY ? "everything but the queries" : `${databasePerClass}`;
  const protocol = `per class: ${queryPerClass} query, ${trainPerClass} train, database ${rest}; train is part of it`;
  return { protocol, seed, ...drawByClass(dataset, () => quota, seed) };
}

/** Images of a class in the order that belongs to class and seed: queries come first, then training images. */
export function withinClass(rows: readonly number[], label: number, seed: number): number[] {
  return shuffle(rows, new Random(seed), `hashing split, class ${label}`);
}

/** How many images of a class do what; the training images are the first of the database. */
export interface ClassQuota {
  readonly query: number;
  readonly train: number;
  /** Infinity: all that are no queries. */
  readonly database: number;
}

/**
 * Deals the images of each class, in an order that belongs to class and seed: queries first, then training images.
 * @param quotaOf of a class, by its number of images
 */
export function drawByClass(
  dataset: Labelled,
  quotaOf: (images: number) => ClassQuota,
  seed: number,
): Pick<Split, "query" | "train" | "database"> {
  singleLabels(dataset.labels, "a split by class");
  const drawn = { query: [] as number[], train: [] as number[], database: [] as number[] };
  for (const [label, rows] of rowsByClass(dataset).entries()) {
    const { query, train, database } = quotaOf(rows.length);
    const order = withinClass(rows, label, seed);
    for (const row of order.slice(0, query)) drawn.query.push(row);
    for (const row of order.slice(query, query + train)) drawn.train.push(row);
    for (const row of order.slice(query, query + database)) drawn.database.push(row);
  }
  return { query: sortRows(drawn.query), train: sortRows(drawn.train), database: sortRows(drawn.database) };
}

/**
 * @param labels of the classes that must be large enough. Default: all
 * @throws {InputError} naming the classes that are too small, and what they lack
 */
export function checkSizes(
  { name, classNames }: Labelled,
  members: readonly (readonly number[])[],
  { queryPerClass, trainPerClass }: { queryPerClass: number; trainPerClass: number },
  labels: readonly number[] = [...classNames.keys()],
): void {
  const needed = queryPerClass + Math.max(trainPerClass, 1);
  const small = labels.filter(label => members[label].length < needed);
  if (small.length === 0) return;
  const lack = (label: number): string =>
    `${classNames[label]} has ${members[label].length} and lacks ${needed - members[label].length}`;
  const more = small.length > NAMED_AT_MOST ? `, and ${small.length - NAMED_AT_MOST} more classes are too small` : "";
  const least = small.reduce((size, label) => Math.min(size, members[label].length), needed);
  const wanted = `${needed} images a class: ${queryPerClass} queries, ${trainPerClass} train, at least one database image`;
  throw new InputError(`${name} has classes that are too small for this split`, {
    expected: `${wanted}${fittingSizes(least, { queryPerClass, trainPerClass })}`,
    actual: `${small.slice(0, NAMED_AT_MOST).map(lack).join(", ")}${more}`,
  });
}

/** Sizes that the smallest class allows, a fifth of it queries and half of it train at most, in words. */
function fittingSizes(least: number, asked: { queryPerClass: number; trainPerClass: number }): string {
  if (least < 2) return "";
  const query = Math.max(1, Math.min(asked.queryPerClass, Math.floor(least / 5)));
  const train = Math.max(1, Math.min(asked.trainPerClass, Math.floor(least / 2)));
  return `; \`split\` with --query-per-class ${query} --train-per-class ${train} would fit`;
}

/**
 * Fashion-MNIST's own parts: the 10,000 test images are queries, the 60,000 train images are both train and database.
 * @throws {InputError} for a dataset whose ids are not `train/…` and `t10k/…`
 */
export function officialSplit(dataset: Pick<Dataset, "name" | "ids">): Split {
  const query: number[] = [];
  const database: number[] = [];
  for (const [row, id] of dataset.ids.entries()) {
    if (id.startsWith("t10k/")) query.push(row);
    else if (id.startsWith("train/")) database.push(row);
  }
  if (query.length === 0 || database.length === 0 || query.length + database.length !== dataset.ids.length) {
    throw new InputError(`${dataset.name} has no official train and test part`, { expected: "dataset fashion-mnist" });
  }
  const protocol = `official: ${query.length} test images query, ${database.length} train images train and database`;
  return { protocol, seed: 0, query: sortRows(query), train: sortRows(database), database: sortRows(database) };
}

/**
 * Holds out a seeded part of the train rows to validate with during training: they become the queries, and leave both
 * train and database. The test queries of `split` are in none of the three. Images are held out class by class
 * (rounded, at least one of each class that has two or more; where they have several classes, by iterative
 * stratification), by image: other images of the same object may stay.
 * @throws {InputError} when the fraction leaves nothing on one side
 */
export function validationSplit(
  dataset: Labelled,
  split: Split,
  options: {
    /** Part of the train rows to hold out, above 0 and below 1. Default 0.05. */
    fraction?: number;
    /** Default: the split's. */
    seed?: number;
  } = {},
): Split {
  const { fraction = 0.05, seed = split.seed } = options;
  if (!(fraction > 0 && fraction < 1)) {
    throw new InputError("fraction is out of bounds", { expected: "above 0 and below 1", actual: `${fraction}` });
  }
  const known = labelledRows(dataset.labels, split.train);
  const held = heldRows(dataset, known, fraction, new Random(seed));
  if (held.length === 0) {
    throw new InputError("there is nothing to hold out", { expected: "a class with two or more train images" });
  }
  const isHeld = new Set(held);
  const isQuery = new Set(split.query);
  return {
    protocol: `validation: ${fraction} of train held out as queries, of (${split.protocol}; seed ${split.seed})`,
    ...(split.asPublished === undefined ? {} : { asPublished: split.asPublished }), // train may be outside the database
    seed,
    query: sortRows(held),
    train: split.train.filter(row => !isHeld.has(row)),
    database: split.database.filter(row => !(isHeld.has(row) || isQuery.has(row))), // published lists have both
  };
}

/** A part of the labelled train rows: of each class, or spread over the classes where rows have several. */
function heldRows({ classNames, labels }: Labelled, known: Int32Array, fraction: number, random: Random): number[] {
  const partOf = (count: number): number => Math.min(count - 1, Math.max(1, Math.round(fraction * count)));
  if (!(labels instanceof Int32Array)) {
    if (known.length < 2) return [];
    const sizes = [partOf(known.length), known.length - partOf(known.length)];
    return Array.from(stratifiedParts(labels, known, sizes, random.stream("validation split"))[0]);
  }
  const groups: number[][] = classNames.map(() => []);
  for (const row of known) groups[labels[row]].push(row);
  return groups.flatMap((rows, label) =>
    rows.length < 2 ? [] : shuffle(rows, random, `validation split, class ${label}`).slice(0, partOf(rows.length)),
  );
}

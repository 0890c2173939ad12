import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import { Random } from "../core/random.js";
import { stratifiedParts } from "../core/stratified-parts.js";

/** Settings of {@link holdOut}. */
export interface HoldOutOptions {
  /** Part to hold out, above 0 and below 1. */
  readonly fraction: number;
  /**
   * "items": a part of each class is searched with among the rows trained on. "classes": a part of the classes is held
   * out whole (at least two), a quarter of each (at least one item) is searched with among the rest of them, for data
   * whose test classes are not those of the training. Default "items".
   */
  readonly by?: "items" | "classes";
  /** Default 0. */
  readonly seed?: number;
}

/** Rows to train on and rows to validate with. */
export interface HeldOut {
  readonly train: Int32Array;
  readonly query: Int32Array;
  readonly database: Int32Array;
}

/** Part of a held-out class that is searched with. */
const QUERIES_OF_CLASS = 0.25;

/**
 * Holds labelled rows out of a training, to validate with. Rows of each list are in ascending order.
 * @throws {InputError} when the fraction is out of bounds or leaves nothing on one side, or for multi-label classes
 */
export function holdOut(labels: Labels, { fraction, by = "items", seed = 0 }: HoldOutOptions): HeldOut {
  if (!(fraction > 0 && fraction < 1)) {
    throw new InputError("fraction is out of bounds", { expected: "above 0 and below 1", actual: `${fraction}` });
  }
  const random = new Random(seed).stream(`hold out ${by}`);
  const held = by === "classes" ? heldClasses(labels, fraction, random) : heldItems(labels, fraction, random);
  if (held.train.length < 2 || held.query.length === 0 || held.database.length === 0) {
    throw new InputError(`nothing can be held out by ${by}`, {
      expected: "rows on both sides",
      actual: `${held.train.length} train rows, ${held.query.length} queries`,
    });
  }
  return held;
}

/** Class by class for single labels (rounded, one at least of each class with two or more), else stratified. */
function heldItems(labels: Labels, fraction: number, random: Random): HeldOut {
  const partOf = (count: number): number => Math.min(count - 1, Math.max(1, Math.round(fraction * count)));
  let query: readonly number[] = [];
  if (labels instanceof Int32Array) {
    query = rowsOfClasses(labels).flatMap(rows => shuffle(rows, random).slice(0, partOf(rows.length)));
  } else if (labels.count > 1) {
    const rows = Int32Array.from({ length: labels.count }, (_, row) => row);
    const sizes = [partOf(labels.count), labels.count - partOf(labels.count)];
    query = Array.from(stratifiedParts(labels, rows, sizes, random)[0]);
  }
  const isHeld = new Set(query);
  const train = Int32Array.from({ length: labelCount(labels) }, (_, row) => row).filter(row => !isHeld.has(row));
  return { train, query: Int32Array.from(query).sort(), database: train };
}

function heldClasses(labels: Labels, fraction: number, random: Random): HeldOut {
  if (!(labels instanceof Int32Array)) {
    throw new InputError("classes of multi-label items overlap", { expected: "hold out by items" });
  }
  const classes = rowsOfClasses(labels);
  if (classes.length < 4) {
    throw new InputError("nothing can be held out by classes", {
      expected: "four classes or more: two to train on, two to search among",
      actual: `${classes.length}`,
    });
  }
  // Among one class alone everything is relevant: a validation mAP of 1, whatever was learned.
  const count = Math.min(classes.length - 2, Math.max(2, Math.round(fraction * classes.length)));
  const order = Array.from(random.permutation(classes.length), at => classes[at]);
  const held = order.slice(0, count).map(rows => {
    const asked = Math.min(rows.length - 1, Math.max(1, Math.round(QUERIES_OF_CLASS * rows.length)));
    const mixed = shuffle(rows, random);
    return { query: mixed.slice(0, asked), database: mixed.slice(asked) };
  });
  const sortRows = (rows: readonly number[]): Int32Array => Int32Array.from(rows).sort();
  return {
    train: sortRows(order.slice(count).flat()),
    query: sortRows(held.flatMap(({ query }) => query)),
    database: sortRows(held.flatMap(({ database }) => database)),
  };
}

function rowsOfClasses(labels: Int32Array): number[][] {
  const classes = new Map<number, number[]>();
  labels.forEach((label, row) => {
    const rows = classes.get(label);
    if (rows === undefined) classes.set(label, [row]);
    else rows.push(row);
  });
  return [...classes.entries()].sort(([a], [b]) => a - b).map(([, rows]) => rows);
}

function shuffle(rows: readonly number[], random: Random): number[] {
  return Array.from(random.permutation(rows.length), at => rows[at]);
}

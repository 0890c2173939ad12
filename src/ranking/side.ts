import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import { takeLabels } from "../core/take-labels.js";

/** One side of a search, the queries or the database: what is known of its items, a row each. A ranking needs some of it. */
export interface Side {
  readonly codes?: PackedCodes;
  /** (n, bits) what the head gives before the sign is taken. */
  readonly relaxedCodes?: NdArray<Float32Array>;
  /** (n, dim) */
  readonly features?: NdArray<Float32Array>;
  /** Needed to tell what is relevant. */
  readonly labels?: Labels;
  /** What an item is called, the same on both sides. Needed to find a query again in the database. */
  readonly ids?: readonly string[];
  /** Names of the classes that the labels number. */
  readonly classNames?: readonly string[];
}

/** A side of which these are known for certain. */
export type SideWith<K extends keyof Side> = Side & { readonly [P in K]-?: NonNullable<Side[P]> };

/** Who asks, and what is searched: the first argument of all that ranks and evaluates. */
export interface Sides<Queries extends Side = Side, Database extends Side = Queries> {
  readonly queries: Queries;
  readonly database: Database;
}

const WORDS: Readonly<Record<keyof Side, string>> = {
  codes: "hash codes",
  relaxedCodes: "relaxed codes",
  features: "features",
  labels: "labels",
  ids: "ids",
  classNames: "names of classes",
};

/**
 * What a ranking needs of a side. The types say so too; notebooks and JavaScript are not held to them.
 * @throws {InputError} when the side has none
 */
export function neededOf<K extends keyof Side>(what: K, side: Side, name: keyof Sides): NonNullable<Side[K]> {
  const found = side?.[what];
  if (found !== undefined && found !== null) return found as NonNullable<Side[K]>;
  throw new InputError(`this needs ${WORDS[what]} of the ${name}`, { expected: `${name}: { ${what}, … }` });
}

/**
 * Both sides, seen to have what is needed, in equal numbers of rows.
 * @throws {InputError} when something is missing, or a side's arrays differ in number
 */
export function sidesWith<K extends keyof Side>(sides: Sides, ...what: readonly K[]): Sides<SideWith<K>> {
  for (const name of ["queries", "database"] as const) {
    for (const one of what) neededOf(one, sides[name], name);
    rowsOf(sides[name], name);
  }
  return sides as Sides<SideWith<K>>;
}

/**
 * Number of items of a side.
 * @throws {InputError} when its arrays differ in number, or it has none
 */
export function rowsOf(side: Side, name: string = "side"): number {
  const { codes, relaxedCodes, features, labels, ids } = side;
  const counts: [string, number | undefined][] = [
    ["codes", codes?.count],
    ["relaxed codes", relaxedCodes?.shape[0]],
    ["features", features?.shape[0]],
    ["labels", labels === undefined ? undefined : labelCount(labels)],
    ["ids", ids?.length],
  ];
  const known = counts.filter((entry): entry is [string, number] => entry[1] !== undefined);
  if (known.length === 0) throw new InputError(`nothing is known of the ${name}`, { expected: "codes or features" });
  const [what, rows] = known[0];
  for (const [other, count] of known) {
    if (count === rows) continue;
    throw new InputError(`${what} and ${other} of the ${name} differ in number`, {
      expected: `${rows} ${other}`,
      actual: `${count}`,
    });
  }
  return rows;
}

/**
 * Some items of a side, in the order of the rows, copied: codes, features, labels, ids, whatever it has.
 * @param rows of the side, 0..n−1
 */
export function takeSide<S extends Side>(side: S, rows: ArrayLike<number>): S {
  const { codes, relaxedCodes, features, labels, ids } = side;
  return {
    ...side,
    ...(codes === undefined ? {} : { codes: takeCodes(codes, rows) }),
    ...(relaxedCodes === undefined ? {} : { relaxedCodes: takeRows(relaxedCodes, rows) }),
    ...(features === undefined ? {} : { features: takeRows(features, rows) }),
    ...(labels === undefined ? {} : { labels: takeLabels(labels, Int32Array.from(rows)) }),
    ...(ids === undefined ? {} : { ids: Array.from(rows, row => ids[row]) }),
  };
}

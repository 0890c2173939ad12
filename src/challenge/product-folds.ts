import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { SearchRole } from "../datasets/search-role.js";

/** Rows of one fold, each list in ascending order. No row is in two of them. */
export interface ProductFold {
  /** All rows of the products that are not held out. */
  readonly train: Int32Array;
  /**
   * Of each held-out product with two images or more: about a fifth of its rows, one at least; where roles are known, all
   * that are queries.
   */
  readonly query: Int32Array;
  /** The other rows of the held-out products. Those of a product without queries are distractors. */
  readonly gallery: Int32Array;
}

/** Settings of {@link productFold}. */
export interface ProductFoldOptions {
  /** Which fold is held out, 1..of. */
  readonly fold: number;
  /** Number of folds, from 2 to the number of products. */
  readonly of: number;
  /** Any integer. Default 0. */
  readonly seed?: number;
  /** What each row would be in a test, `Dataset.searchedAs`. Default: not known. */
  readonly searchedAs?: readonly SearchRole[];
}

/** Folds where nothing says how many. */
export const USUAL_FOLDS = 5;

/**
 * Into how many folds products are dealt so that one holds about as many as a test part, which a score depends on: the
 * more products compete, the harder it is. Two at least; {@link USUAL_FOLDS} where the test's number is not known.
 * @param labels product of each labelled row
 * @param test product of each row of the test part, negative where it is not known
 */
export function foldsLike(labels: Int32Array, test?: Int32Array): number {
  const products = (of: Int32Array): number => new Set(of.filter(label => label >= 0)).size;
  const asked = test === undefined ? 0 : products(test);
  return asked === 0 ? USUAL_FOLDS : Math.max(2, Math.round(products(labels) / asked));
}

/** Part of a held-out product that is searched with. */
const QUERY_PART = 0.2;

/**
 * Splits labelled images as the challenge does: the products (labels) that are searched with and for are none of those
 * trained on, so that a score on them predicts the test's. The products are dealt to `of` folds at random, sizes equal
 * but for one; every product is held out by exactly one fold. Which images of a product are queries depends on seed and
 * product only; where their roles are known, they are what they would be in a test. The split follows from labels, roles
 * and seed alone, so that it needs no file.
 *
 * Rows with a negative label (unknown) are in no list.
 * @param labels product of each row
 * @throws {InputError} when fold, of or seed is out of bounds, or no held-out product has two images
 */
export function productFold(labels: Int32Array, { fold, of, seed = 0, searchedAs }: ProductFoldOptions): ProductFold {
  const products = rowsOfProducts(labels);
  checkBounds({ fold, of, seed }, products.length);
  const random = new Random(seed).stream("product folds");
  const place = random.permutation(products.length);
  const train: number[] = [];
  const query: number[] = [];
  const gallery: number[] = [];
  for (const [p, [label, rows]] of products.entries()) {
    if (place[p] % of !== fold - 1) {
      for (const row of rows) train.push(row);
      continue;
    }
    if (searchedAs !== undefined) {
      for (const row of rows) ({ query, gallery })[searchedAs[row]].push(row);
      continue;
    }
    const mixed = Array.from(random.stream(`product ${label}`).permutation(rows.length), at => rows[at]);
    const queries = Math.min(rows.length - 1, Math.max(1, Math.round(QUERY_PART * rows.length)));
    for (const [i, row] of mixed.entries()) (i < queries ? query : gallery).push(row);
  }
  if (query.length === 0) {
    throw new InputError(`fold ${fold} of ${of} has nothing to search with`, {
      expected:
        searchedAs === undefined ? "a held-out product with two images or more" : "a held-out product with a query",
      actual:
        searchedAs === undefined
          ? `${gallery.length} products with one image each`
          : `${gallery.length} gallery images`,
    });
  }
  return { train: sortAscending(train), query: sortAscending(query), gallery: sortAscending(gallery) };
}

function sortAscending(rows: readonly number[]): Int32Array {
  return Int32Array.from(rows).sort();
}

/** The rows of each known product, by ascending label. */
function rowsOfProducts(labels: Int32Array): [number, number[]][] {
  const products = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] < 0) continue;
    const rows = products.get(labels[row]);
    if (rows === undefined) products.set(labels[row], [row]);
    else rows.push(row);
  }
  return [...products].sort(([a], [b]) => a - b);
}

function checkBounds({ fold, of, seed }: Required<Omit<ProductFoldOptions, "searchedAs">>, products: number): void {
  if (!(Number.isInteger(of) && of >= 2 && of <= products)) {
    throw new InputError("the number of folds is out of bounds", {
      expected: `a whole number from 2 to the number of products, ${products}`,
      actual: `${of}`,
    });
  }
  if (!(Number.isInteger(fold) && fold >= 1 && fold <= of)) {
    throw new InputError("fold is out of bounds", { expected: `a whole number from 1 to ${of}`, actual: `${fold}` });
  }
  if (!Number.isInteger(seed)) {
    throw new InputError("the seed of the folds is no whole number", { actual: `${seed}` });
  }
}

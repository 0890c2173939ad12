import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";

/** Rows of one fold, each list in ascending order. No row is in two of them. */
export interface ProductFold {
  /** All rows of the products that are not held out. */
  readonly train: Int32Array;
  /** Of each held-out product with two images or more: about a fifth of its rows, one at least. */
  readonly query: Int32Array;
  /** The other rows of the held-out products. Those of a product with one image are distractors. */
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
}

/** Part of a held-out product that is searched with. */
const QUERY_PART = 0.2;

/**
 * Splits labelled images as the challenge does: the products (labels) that are searched with and for are none of those
 * trained on, so that a score on them predicts the test's. The products are dealt to `of` folds at random, sizes equal
 * but for one; every product is held out by exactly one fold. Which images of a product are queries depends on seed and
 * product only. The split follows from labels and seed alone, so that it needs no file.
 *
 * Rows with a negative label (unknown) are in no list.
 * @param labels product of each row
 * @throws {InputError} when fold, of or seed is out of bounds, or no held-out product has two images
 */
export function productFold(labels: Int32Array, { fold, of, seed = 0 }: ProductFoldOptions): ProductFold {
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
    const mixed = Array.from(random.stream(`product ${label}`).permutation(rows.length), at => rows[at]);
    const queries = Math.min(rows.length - 1, Math.max(1, Math.round(QUERY_PART * rows.length)));
    for (const [i, row] of mixed.entries()) (i < queries ? query : gallery).push(row);
  }
  if (query.length === 0) {
    throw new InputError(`fold ${fold} of ${of} has nothing to search with`, {
      expected: "a held-out product with two images or more",
      actual: `${gallery.length} products with one image each`,
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

function checkBounds({ fold, of, seed }: Required<ProductFoldOptions>, products: number): void {
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

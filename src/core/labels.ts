import type { NdArray } from "./arrays.js";
import { InputError } from "./errors.js";
import { readNpy } from "./npy.js";

/** Labels of items that may carry several classes: a bit set a row. */
export interface MultiHotLabels {
  /** (count, wordsPerItem): class c is bit c mod 32 of word ⌊c/32⌋. */
  readonly words: Int32Array;
  readonly count: number;
  readonly classes: number;
  /** ⌈classes/32⌉. */
  readonly wordsPerItem: number;
}

/**
 * One class number an item, or a set of classes an item. A number below 0 says that the class is not known, as an empty
 * set does: such an item is relevant to no query, and to a query of unknown class nothing is relevant.
 */
export type Labels = Int32Array | MultiHotLabels;

/** Number of labelled items. */
export function labelCount(labels: Labels): number {
  return labels instanceof Int32Array ? labels.length : labels.count;
}

/** Where labels come from, for messages. */
export interface LabelsOrigin {
  /** The file the labels were read from. Default: none is named. */
  file?: string;
}

/**
 * Labels out of an array as the files hold them: integers (n,), below 0 where unknown, or multi-hot 0/1 of any element type (n, classes).
 * @throws {InputError} for another shape, fractions, numbers beyond 32 bits, or values other than 0 and 1 in multi-hot
 */
export function labelsFromArray(array: NdArray, origin: LabelsOrigin = {}): Labels {
  const { data, shape } = array;
  const fractional = data instanceof Float32Array || data instanceof Float64Array;
  if (shape.length === 2 && shape[1] > 1) return multiHotLabels(array, origin);
  if (shape.length === 1 && !fractional) return singleLabels(array, origin);
  throw new InputError("these are not labels", {
    ...origin,
    expected: "integers of shape (n,), or 0/1 of shape (n, classes) with at least 2 classes",
    actual: `${data.constructor.name.replace("Array", "").toLowerCase()} of shape (${shape.join(", ")})`,
  });
}

function singleLabels(array: NdArray, origin: LabelsOrigin): Int32Array {
  const labels = new Int32Array(array.data.length); // (n,)
  for (let row = 0; row < labels.length; row++) {
    labels[row] = Number(array.data[row]);
    if (labels[row] !== Number(array.data[row])) {
      throw new InputError("label out of range", {
        ...origin,
        expected: "integers of at most 32 bits",
        actual: `${array.data[row]} in row ${row}`,
      });
    }
  }
  return labels;
}

/**
 * Packs a multi-hot matrix.
 * @param matrix (n, classes), 0 or 1
 * @throws {InputError} for another rank or other values, naming the row
 */
export function multiHotLabels(matrix: NdArray, origin: LabelsOrigin = {}): MultiHotLabels {
  const [count, classes] = matrix.shape;
  const wordsPerItem = Math.ceil(classes / 32);
  const words = new Int32Array(count * wordsPerItem); // (n, wordsPerItem)
  for (let row = 0, at = 0; row < count; row++) {
    for (let c = 0; c < classes; c++, at++) {
      const value = Number(matrix.data[at]);
      if (value === 1) words[row * wordsPerItem + (c >> 5)] |= 1 << (c & 31);
      else if (value !== 0) {
        throw new InputError("these are not multi-hot labels", {
          ...origin,
          expected: "only 0 and 1",
          actual: `${value} in row ${row}, class ${c}`,
        });
      }
    }
  }
  return { words, count, classes, wordsPerItem };
}

/**
 * Reads labels from an .npy file, as {@link labelsFromArray} takes them.
 * @throws {InputError} when the file is missing, damaged or holds no labels
 */
export async function readLabels(file: string): Promise<Labels> {
  return labelsFromArray(await readNpy(file), { file });
}

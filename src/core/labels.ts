import type { NdArray } from "./arrays.js";
import { InputError } from "./errors.js";
import { readStored } from "./npy.js";
import type { NpyLayout } from "./npy-elements.js";
import { conversionNote } from "./npy-elements.js";

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

/**
 * The labels of items that have one class each, for what cannot be done with several.
 * @param purpose what takes them, as a sentence begins: "a split by class"
 * @throws {InputError} for multi-hot labels
 */
export function singleLabels(labels: Labels, purpose: string, origin: LabelsOrigin = {}): Int32Array {
  if (labels instanceof Int32Array) return labels;
  throw new InputError(`${purpose} takes one label an item`, {
    ...origin,
    expected: "integers (n,)",
    actual: `multi-hot labels of ${labels.classes} classes`,
  });
}

/** Whether an item carries a class. */
export function hasClass(labels: Labels, row: number, label: number): boolean {
  if (labels instanceof Int32Array) return labels[row] === label;
  return ((labels.words[row * labels.wordsPerItem + (label >> 5)] >>> (label & 31)) & 1) === 1;
}

/** Whether the class of an item is known, or at least one of its classes. */
export function isLabelled(labels: Labels, row: number): boolean {
  if (labels instanceof Int32Array) return labels[row] >= 0;
  const { words, wordsPerItem } = labels;
  for (let at = row * wordsPerItem; at < (row + 1) * wordsPerItem; at++) if (words[at] !== 0) return true;
  return false;
}

/** Where labels come from, for messages. */
export interface LabelsOrigin {
  /** The file the labels were read from. Default: none is named. */
  file?: string;
}

/**
 * Labels out of an array as the files hold them: whole numbers (n,) or (n, 1), below 0 where unknown, or multi-hot 0/1
 * (n, classes); of any element type.
 * @throws {InputError} for another shape, fractions, numbers beyond 32 bits, or values other than 0 and 1 in multi-hot
 */
export function labelsFromArray(array: NdArray, origin: LabelsOrigin = {}): Labels {
  const { data, shape } = array;
  if (shape.length === 2 && shape[1] > 1) return multiHotLabels(array, origin);
  if (shape.length === 1 || (shape.length === 2 && shape[1] === 1)) return labelNumbers(array, origin);
  throw new InputError("these are not labels", {
    ...origin,
    expected: "whole numbers of shape (n,) or (n, 1), or 0/1 of shape (n, classes) with at least 2 classes",
    actual: `${data.constructor.name.replace("Array", "").toLowerCase()} of shape (${shape.join(", ")})`,
  });
}

function labelNumbers(array: NdArray, origin: LabelsOrigin): Int32Array {
  const labels = new Int32Array(array.data.length); // (n,)
  for (let row = 0; row < labels.length; row++) {
    labels[row] = Number(array.data[row]);
    if (labels[row] !== Number(array.data[row])) {
      throw new InputError("this is no label", {
        ...origin,
        expected: "whole numbers of at most 32 bits",
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
 * Labels as the files hold them: int32 (n,), or uint8 0/1 (n, classes). {@link labelsFromArray} takes them back.
 * @throws {InputError} for multi-hot labels of fewer than two classes, which a column of single labels looks like
 */
export function labelsToArray(labels: Labels): NdArray {
  if (labels instanceof Int32Array) return { data: labels, shape: [labels.length] };
  const { count, classes } = labels;
  if (classes < 2) {
    throw new InputError("multi-hot labels of too few classes", { expected: "at least 2", actual: `${classes}` });
  }
  const data = new Uint8Array(count * classes); // (count, classes)
  for (let row = 0, at = 0; row < count; row++) {
    for (let label = 0; label < classes; label++, at++) data[at] = hasClass(labels, row, label) ? 1 : 0;
  }
  return { data, shape: [count, classes] };
}

/**
 * Reads labels from an .npy file: whole numbers (n,) or (n, 1), a class an item, negative for unknown; or 0 and 1
 * (n, classes), for items of several classes; of any element type.
 * @throws {InputError} when the file is missing, damaged or holds no labels
 */
export async function readLabels(file: string): Promise<Labels> {
  return (await readStoredLabels(file)).labels;
}

/** Labels of a file, and what was converted. */
export interface StoredLabels {
  readonly labels: Labels;
  /** A sentence where the file holds something else than integers (n,) or integers 0/1 (n, classes) row by row. */
  readonly converted: readonly string[];
}

/** As {@link readLabels}, and says what was converted. */
export async function readStoredLabels(file: string): Promise<StoredLabels> {
  const { array, layout } = await readStored(file);
  const labels = labelsFromArray(array, { file });
  return { labels, converted: conversionNote(file, layout, labelForm(labels, layout)) };
}

const INTEGERS: readonly string[] = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"];

function labelForm(labels: Labels, { shape }: NpyLayout): Parameters<typeof conversionNote>[2] {
  if (!(labels instanceof Int32Array)) return { as: "labels of several classes, 0 or 1 each", plain: INTEGERS };
  const column = shape.length === 2 ? { more: `shape (${shape.join(", ")})` } : {};
  return { as: "a class number an item", plain: INTEGERS, ...column };
}

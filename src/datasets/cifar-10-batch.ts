// The two forms of CIFAR-10's batches, as its page https://www.cs.toronto.edu/~kriz/cifar.html describes them.
import { InputError } from "../core/errors.js";
import { PickledArray, readPickle } from "./python-pickle.js";

/** Height and width of every image, in pixels. */
export const SIDE = 32;

/** Values of an image: all of red, then of green, then of blue, row by row. */
export const IMAGE_VALUES: number = 3 * SIDE * SIDE;

/** Classes; a label is less. */
const CLASSES = 10;

/** Images and their classes. */
export interface Cifar10Batch {
  /** (n, 3, 32, 32) */
  readonly pixels: Uint8Array;
  /** (n,) 0..9 */
  readonly labels: Uint8Array;
}

/** The value of a key of a pickled dict, which may be written as text or as bytes. */
function entryOf(map: unknown, name: string, file: string): unknown {
  const entries = map instanceof Map ? [...map] : [];
  const found = entries.find(([key]) => (key instanceof Uint8Array ? Buffer.from(key).toString() : key) === name);
  if (found !== undefined) return found[1];
  throw new InputError("this is no batch of CIFAR-10", { file, expected: `a pickled dict with "${name}"` });
}

/**
 * A batch of the Python version: a pickled dict with `data`, a byte array (n, 3072), and `labels`, a list of n numbers.
 * @throws {InputError} when it is something else, or damaged
 */
export function decodePickledBatch(bytes: Uint8Array, file: string): Cifar10Batch {
  const batch = readPickle(bytes, file);
  const data = entryOf(batch, "data", file);
  const labels = entryOf(batch, "labels", file);
  if (!(data instanceof PickledArray) || data.shape.length !== 2 || data.shape[1] !== IMAGE_VALUES) {
    throw new InputError("the images of this batch have another form", {
      file,
      expected: `"data", bytes of shape (n, ${IMAGE_VALUES})`,
      actual: data instanceof PickledArray ? `shape (${data.shape.join(", ")})` : typeof data,
    });
  }
  const images = data.shape[0];
  if (!Array.isArray(labels) || labels.length !== images) {
    throw new InputError("the labels of this batch are not those of its images", {
      file,
      expected: `"labels", a list of ${images} numbers`,
      actual: Array.isArray(labels) ? `${labels.length}` : typeof labels,
    });
  }
  const wrong = labels.findIndex(label => !(Number.isInteger(label) && label >= 0 && label < CLASSES));
  if (wrong >= 0) throw wrongLabel(file, labels[wrong], wrong);
  return { pixels: data.data, labels: Uint8Array.from(labels) };
}

function wrongLabel(file: string, label: unknown, place: number, offset?: number): InputError {
  return new InputError("a label of this batch is no class of CIFAR-10", {
    file,
    expected: `a number of 0..${CLASSES - 1}`,
    actual: `${String(label)} for image ${place}${offset === undefined ? "" : `, at byte ${offset}`}`,
  });
}

/**
 * A batch of the binary version: for each image one byte of label and 3,072 of pixels.
 * @throws {InputError} when it is something else, or cut short
 */
export function decodeBinaryBatch(bytes: Uint8Array, file: string): Cifar10Batch {
  const record = 1 + IMAGE_VALUES;
  const images = Math.floor(bytes.length / record);
  if (bytes.length === 0 || bytes.length !== images * record) {
    throw new InputError("this batch of CIFAR-10 is damaged or cut short", {
      file,
      expected: `records of ${record} bytes, a label and an image each`,
      actual: `${images} of them and ${bytes.length - images * record} bytes from byte ${images * record} on`,
    });
  }
  const pixels = new Uint8Array(images * IMAGE_VALUES); // (n, 3, 32, 32)
  const labels = new Uint8Array(images);
  for (let image = 0; image < images; image++) {
    const start = image * record;
    labels[image] = bytes[start];
    if (labels[image] >= CLASSES) throw wrongLabel(file, labels[image], image, start);
    pixels.set(bytes.subarray(start + 1, start + record), image * IMAGE_VALUES);
  }
  return { pixels, labels };
}

/**
 * The class names of `batches.meta`.
 * @throws {InputError} when it has none, or is damaged
 */
export function decodePickledNames(bytes: Uint8Array, file: string): string[] {
  const names = entryOf(readPickle(bytes, file), "label_names", file);
  return Array.isArray(names) ? names.map(String) : [];
}

/** The class names of `batches.meta.txt`: a line each. */
export function decodeBinaryNames(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes).toString().split("\n");
  return lines.map(line => line.trim()).filter(line => line !== "");
}

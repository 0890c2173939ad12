import type { NdArray, TypedArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import type { Display } from "../core/display.js";
import { bytesText, countText } from "../core/size-text.js";

/** Rows and columns shown at each end of an axis that is cut. */
const ENDS = 3;
/** Axes of no more values are shown whole. */
const WHOLE = 8;
/** Arrays of no more values are looked through for least, largest and mean, which takes a third of a second. */
const COUNTED = 2 ** 24;

/** Long arrays of numbers, and arrays with a shape: what they are, their range, and the values at the ends. */
export const arrayDisplay: Display<TypedArray | NdArray> = {
  name: "array",
  is: (value): value is TypedArray | NdArray => (isTyped(value) ? value.length > 2 * WHOLE : isNdArray(value)),
  mime: array => ({ "text/plain": arrayText(isTyped(array) ? { data: array, shape: [array.length] } : array) }),
};

/** Whether a value is an array of numbers of one type. Buffers are bytes of files, and no numbers. */
function isTyped(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !Buffer.isBuffer(value);
}

function isNdArray(value: unknown): value is NdArray {
  if (typeof value !== "object" || value === null) return false;
  const { data, shape } = value as NdArray;
  return isTyped(data) && Array.isArray(shape) && sizeOf(shape) === data.length && Object.keys(value).length === 2;
}

/** What an array is, in a line, and its values below, as NumPy prints them. */
export function arrayText({ data, shape }: NdArray): string {
  const type = Object.prototype.toString.call(data).slice(8, -6).toLowerCase();
  const sides = shape.map(countText).join(" × ");
  const head = `${type} ${sides === "" ? "scalar" : sides}, ${bytesText(data.byteLength)}${rangeText(data)}`;
  return data.length === 0 ? head : `${head}\n${valuesText(data, shape, 0)}`;
}

/** Least, largest and mean, and how many values are no numbers. */
function rangeText(data: TypedArray): string {
  if (data.length === 0 || data.length > COUNTED) return "";
  let [least, largest, sum, missing] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (Number.isNaN(value)) {
      missing++;
      continue;
    }
    if (value < least) least = value;
    if (value > largest) largest = value;
    sum += value;
  }
  const nan = missing === 0 ? "" : `; ${countText(missing)} NaN`;
  if (missing === data.length) return nan;
  return `; ${numberText(least)} to ${numberText(largest)}, mean ${numberText(sum / (data.length - missing))}${nan}`;
}

/** A value with four significant digits, whole numbers with all of theirs. */
function numberText(value: number | bigint): string {
  return Number.isInteger(value) || typeof value === "bigint" ? String(value) : String(Number(value.toPrecision(4)));
}

/** The values of an axis and those inside it, in brackets; of a long axis the ends. */
function valuesText(data: TypedArray, shape: readonly number[], depth: number, start = 0): string {
  if (shape.length === 0) return numberText(data[start]);
  const [count, ...inner] = shape;
  const width = sizeOf(inner);
  const part = (i: number): string => valuesText(data, inner, depth + 1, start + i * width);
  const places = Array.from({ length: count <= WHOLE ? count : 2 * ENDS }, (_, i) =>
    count <= WHOLE || i < ENDS ? i : count - 2 * ENDS + i,
  );
  const parts = places.map(part);
  if (count > WHOLE) parts.splice(ENDS, 0, "…");
  const between = inner.length === 0 ? ", " : `,\n${" ".repeat(depth + 1)}`;
  return `[${parts.join(between)}]`;
}

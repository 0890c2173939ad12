// How .npy files store numbers, and how these come to row-major typed arrays of this machine's byte order.
import type { TypedArray } from "./arrays.js";
import { sizeOf } from "./arrays.js";

/** What a header says of the values. */
export interface NpyLayout {
  /** Byte order and type as NumPy writes them: "<f4". */
  readonly descr: string;
  readonly shape: readonly number[];
  /** Whether the first index runs fastest (NumPy's `fortran_order`), where that makes a difference. */
  readonly columnMajor: boolean;
}

interface ArrayType {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
}

interface ElementType {
  /** NumPy's name. */
  readonly name: string;
  /** What the stored bytes are read as. */
  readonly stored: ArrayType;
}

const TYPES: Readonly<Record<string, ElementType>> = {
  f2: { name: "float16", stored: Uint16Array },
  f4: { name: "float32", stored: Float32Array },
  f8: { name: "float64", stored: Float64Array },
  i1: { name: "int8", stored: Int8Array },
  u1: { name: "uint8", stored: Uint8Array },
  b1: { name: "bool", stored: Uint8Array },
  i2: { name: "int16", stored: Int16Array },
  u2: { name: "uint16", stored: Uint16Array },
  i4: { name: "int32", stored: Int32Array },
  u4: { name: "uint32", stored: Uint32Array },
  i8: { name: "int64", stored: BigInt64Array },
  u8: { name: "uint64", stored: BigUint64Array },
};

/** NumPy's names of the types that are read. */
export const ELEMENT_NAMES: readonly string[] = Object.values(TYPES).map(({ name }) => name);

/** The type of a description like ">f8"; undefined for one that is not read (complex numbers, text, records). */
function typeOf(descr: string): ElementType | undefined {
  const [, type] = /^[<>|=]([a-z][0-9])$/.exec(descr) ?? [];
  return type !== undefined && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
}

/** NumPy's name of a stored type, "float64"; undefined where it is not read. */
export function elementName(descr: string): string | undefined {
  return typeOf(descr)?.name;
}

/** Bytes of one stored value. @param descr of a type that is read */
export function elementBytes(descr: string): number {
  return typeOf(descr)!.stored.BYTES_PER_ELEMENT;
}

/** Little-endian description of a typed array, "<f4". */
export function descrOf(data: TypedArray): string | undefined {
  const own = ([key, { stored }]: [string, ElementType]): boolean =>
    key !== "f2" && key !== "b1" && data instanceof stored; // these two have no typed array of their own
  const [type] = Object.entries(TYPES).find(own) ?? [];
  if (type === undefined) return undefined;
  return `${type.endsWith("1") ? "|" : "<"}${type}`;
}

/**
 * The values in row-major order. float16 becomes float32; bool becomes uint8.
 * @param bytes of all values; kept as memory of the array where nothing has to be changed
 * @param layout of a type that is read
 */
export function valuesOf(bytes: Uint8Array, layout: NpyLayout): TypedArray {
  const { descr, shape, columnMajor } = layout;
  const { name, stored: Type } = typeOf(descr)!;
  const size = Type.BYTES_PER_ELEMENT;
  const swapped = descr.startsWith(">") && size > 1;
  const aligned = bytes.byteOffset % size === 0;
  const own = swapped || !aligned ? new Uint8Array(bytes) : bytes; // a Buffer's slice() would be a view
  if (swapped) swapBytes(own, size);
  const stored = new Type(own.buffer, own.byteOffset, sizeOf(shape));
  const values = name === "float16" ? Float32Array.from(stored as Uint16Array, halfToNumber) : stored;
  return columnMajor ? rowMajor(values, shape) : values;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** IEEE 754 half precision: 1 bit sign, 5 bits exponent, 10 bits mantissa. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** @param values with the first index running fastest */
function rowMajor(values: TypedArray, shape: readonly number[]): TypedArray {
  const Type = values.constructor as ArrayType;
  const ordered = new Type(values.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  for (let at = 0, from = 0; at < values.length; at++) {
    ordered[at] = values[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return ordered;
}

/**
 * Says what was made of a file whose values are not stored as they are used.
 * @param as what they were taken as, in words
 * @param plain NumPy's names of the types that need no word
 * @param more what else was changed, in words
 * @returns a sentence or none
 */
export function conversionNote(
  file: string,
  layout: NpyLayout,
  { as, plain, more }: { readonly as: string; readonly plain: readonly string[]; readonly more?: string },
): string[] {
  const name = elementName(layout.descr)!;
  const bigEndian = layout.descr.startsWith(">") && elementBytes(layout.descr) > 1;
  const unlike = [
    ...(plain.includes(name) ? [] : [name]),
    ...(bigEndian ? ["big-endian"] : []),
    ...(layout.columnMajor ? ["column-major"] : []),
    ...(more === undefined ? [] : [more]),
  ];
  return unlike.length === 0 ? [] : [`${file}: ${unlike.join(", ")}; taken as ${as}`];
}

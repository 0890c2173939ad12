import { InputError } from "./errors.js";

/** The element types our files and engines use. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Values in row-major (C) order with their shape; `data.length` is the product of `shape`. */
export interface NdArray<T extends TypedArray = TypedArray> {
  readonly data: T;
  readonly shape: readonly number[];
}

/** Number of elements of a shape; 1 for the empty shape of a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Pairs values with a shape.
 * @throws {InputError} when the number of values is not the product of the shape
 */
export function ndarray<T extends TypedArray>(data: T, shape: readonly number[]): NdArray<T> {
  if (data.length !== sizeOf(shape)) {
    throw new InputError("values do not fill the shape", {
      expected: `${sizeOf(shape)} values for shape (${shape.join(", ")})`,
      actual: `${data.length}`,
    });
  }
  return { data, shape };
}

/** Rows of a (n, dim) matrix in the order of `rows`, copied. */
export function takeRows<T extends TypedArray>(matrix: NdArray<T>, rows: ArrayLike<number>): NdArray<T> {
  const width = sizeOf(matrix.shape.slice(1));
  const Type = matrix.data.constructor as new (length: number) => T;
  const data = new Type(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i] * width;
    (data as Float32Array).set((matrix.data as Float32Array).subarray(start, start + width), i * width);
  }
  return { data, shape: [rows.length, ...matrix.shape.slice(1)] };
}

/**
 * Some rows of a matrix: in place where each follows the one before, copied like {@link takeRows} elsewhere. For large matrices that
 * are only read.
 */
export function rowsInPlace<T extends TypedArray>(matrix: NdArray<T>, rows: ArrayLike<number>): NdArray<T> {
  for (let i = 1; i < rows.length; i++) if (rows[i] !== rows[i - 1] + 1) return takeRows(matrix, rows);
  if (rows.length === 0) return takeRows(matrix, rows);
  const width = sizeOf(matrix.shape.slice(1));
  const data = matrix.data.subarray(rows[0] * width, (rows[0] + rows.length) * width) as T;
  return { data, shape: [rows.length, ...matrix.shape.slice(1)] };
}

import { describe, expect, it } from "vitest";
import { ndarray, rowsInPlace, sizeOf, takeRows } from "../../src/core/arrays.js";
import { InputError } from "../../src/core/errors.js";

it("sizeOf multiplies the sides; a scalar has one element", () => {
  expect(sizeOf([2, 3, 4])).toBe(24);
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([5, 0])).toBe(0);
});

it("ndarray refuses values that do not fill the shape", () => {
  expect(ndarray(Int8Array.of(1, 2), [2, 1])).toEqual({ data: Int8Array.of(1, 2), shape: [2, 1] });
  expect(() => ndarray(new Int8Array(5), [2, 3])).toThrow(InputError);
  expect(() => ndarray(new Int8Array(5), [2, 3])).toThrow(/expected 6 values for shape \(2, 3\); found 5/);
});

describe("takeRows", () => {
  const matrix = { data: Float32Array.of(0, 1, 10, 11, 20, 21), shape: [3, 2] };

  it("copies rows in the order asked for", () => {
    const taken = takeRows(matrix, [2, 0, 2]);
    expect(taken).toEqual({ data: Float32Array.of(20, 21, 0, 1, 20, 21), shape: [3, 2] });
    taken.data[0] = 99;
    expect(matrix.data[4]).toBe(20);
  });

  it("keeps the element type and further axes, and takes no rows", () => {
    const cube = { data: BigInt64Array.of(1n, 2n, 3n, 4n), shape: [2, 1, 2] };
    expect(takeRows(cube, Int32Array.of(1))).toEqual({ data: BigInt64Array.of(3n, 4n), shape: [1, 1, 2] });
    expect(takeRows(matrix, [])).toEqual({ data: new Float32Array(0), shape: [0, 2] });
    expect(takeRows({ data: Int8Array.of(5, 6, 7), shape: [3] }, [2, 1])).toEqual({
      data: Int8Array.of(7, 6),
      shape: [2],
    });
  });
});

describe("rowsInPlace", () => {
  const matrix = { data: Float32Array.of(0, 1, 10, 11, 20, 21, 30, 31), shape: [4, 2] };

  it("is a view of rows that follow each other", () => {
    const some = rowsInPlace(matrix, Int32Array.of(1, 2));
    expect(some).toEqual({ data: Float32Array.of(10, 11, 20, 21), shape: [2, 2] });
    expect(some.data.buffer).toBe(matrix.data.buffer);
  });

  it("copies others, and none", () => {
    for (const rows of [[2, 1], [0, 2], [1, 1], []]) {
      const some = rowsInPlace(matrix, rows);
      expect(some).toEqual(takeRows(matrix, rows));
      expect(some.data.buffer).not.toBe(matrix.data.buffer);
    }
  });
});

import fc from "fast-check";
import type { NdArray } from "../../src/core/arrays.js";

/** A random matrix of −1 and +1, with ranges of its sides. */
export function codeMatrix(sides: {
  bits: [number, number];
  rows: [number, number];
}): fc.Arbitrary<NdArray<Int8Array>> {
  const side = ([min, max]: [number, number]) => fc.integer({ min, max });
  return fc
    .tuple(side(sides.rows), side(sides.bits))
    .chain(([rows, bits]) => fc.tuple(fc.constant([rows, bits]), signs(rows * bits)))
    .map(([shape, data]) => ({ data, shape }));
}

function signs(length: number): fc.Arbitrary<Int8Array> {
  return fc
    .int8Array({ minLength: length, maxLength: length, min: 0, max: 1 })
    .map(values => values.map(value => 2 * value - 1));
}

import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Random } from "../core/random.js";
import type { MethodShape } from "./method.js";

/** Draws of balanced rows, of which the one whose nearest two are farthest apart is taken: 20 as in CSQ's code. */
const DRAWS = 20;

/**
 * Hash centres of CSQ (algorithm 1): the rows of the Hadamard matrix H and of −H, any two of which differ in half or all
 * of their bits. Where there is no such matrix (bits not a power of two) or it has too few rows (classes > 2·bits), the
 * missing rows are random ones of as many +1 as −1: the best of 20 draws by the distance of the nearest two, where CSQ's
 * code takes the last draw; the first is taken whose nearest two are more than bits/4 apart, as there.
 * @throws {InputError} when there are more classes than codes of so many bits
 * @returns ±1, (classes, bits)
 */
export function hadamardCentres({ bits, classes }: MethodShape, random: Random): NdArray<Float32Array> {
  checkCentres({ bits, classes });
  const order = (bits & (bits - 1)) === 0 ? bits : 0;
  const whole = Math.min(classes, 2 * order);
  const rows = Array.from({ length: whole }, (_, i) => hadamardRow(i % bits, bits, i < bits ? 1 : -1));
  let best = { rows, distance: -1 };
  for (let draw = 0; draw < DRAWS && whole < classes && best.distance <= bits / 4; draw++) {
    const drawn = [...rows, ...Array.from({ length: classes - whole }, () => balancedRow(bits, random))];
    const distance = nearestTwo(drawn, best.distance);
    if (distance > best.distance) best = { rows: drawn, distance };
  }
  return matrixOf(best.rows, bits);
}

/**
 * Centres of independent fair bits, as OrthoHash's code draws them: nearly orthogonal where there are many bits.
 * @throws {InputError} when there are more classes than codes of so many bits
 * @returns ±1, (classes, bits)
 */
export function bernoulliCentres({ bits, classes }: MethodShape, random: Random): NdArray<Float32Array> {
  checkCentres({ bits, classes });
  const data = Float32Array.from({ length: classes * bits }, () => (random.uniform() < 0.5 ? -1 : 1));
  return { data, shape: [classes, bits] };
}

/**
 * Centres are of no use where classes must share them.
 * @throws {InputError} when there are more classes than codes
 */
function checkCentres({ bits, classes }: Pick<MethodShape, "bits" | "classes">): void {
  if (classes <= 2 ** bits) return;
  throw new InputError("there are more classes than hash centres", {
    expected: `at least ${Math.ceil(Math.log2(classes))} bits for ${classes} classes`,
    actual: `${bits}`,
  });
}

/** Sylvester's: (−1) to the number of ones that i and j have in common. */
function hadamardRow(i: number, bits: number, sign: 1 | -1): Float32Array {
  return Float32Array.from({ length: bits }, (_, j) => {
    let common = i & j;
    let value: number = sign;
    for (; common !== 0; common &= common - 1) value = -value;
    return value;
  });
}

/** ⌊bits/2⌋ of −1, the others +1. */
function balancedRow(bits: number, random: Random): Float32Array {
  const half = Math.floor(bits / 2);
  return Float32Array.from(random.permutation(bits), place => (place < half ? -1 : 1));
}

/** Hamming distance of the nearest two rows; what is found first at or below `enough` when there is such a pair. */
function nearestTwo(rows: readonly Float32Array[], enough: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < i; j++) {
      let product = 0;
      for (let bit = 0; bit < rows[i].length; bit++) product += rows[i][bit] * rows[j][bit];
      nearest = Math.min(nearest, (rows[i].length - product) / 2);
      if (nearest <= enough) return nearest;
    }
  }
  return nearest;
}

function matrixOf(rows: readonly Float32Array[], bits: number): NdArray<Float32Array> {
  const data = new Float32Array(rows.length * bits);
  rows.forEach((row, i) => {
    data.set(row, i * bits);
  });
  return { data, shape: [rows.length, bits] };
}

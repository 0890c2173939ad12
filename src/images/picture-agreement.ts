import type { Alignment } from "./align-thumbnails.js";
import { alignedTo, smooth } from "./align-thumbnails.js";
import { THUMBNAIL_SIDE } from "./thumbnail.js";

/** How far two aligned pictures are one and the same. */
export interface Agreement {
  /** Windows of 9 × 9 pixels in which at least one of them shows something. */
  readonly windows: number;
  /** The share of these in which they correlate by more than .7. */
  readonly share: number;
  /** Correlation of their details, what is left of them after smoothing; −1..1. */
  readonly details: number;
}

const SIDE = THUMBNAIL_SIDE;
/** Pixels from the middle of a window to its side. */
const REACH = 4;
/** Grey values by which a window must vary to show something. */
const LEAST_DEVIATION = 5;
/** Variance of what compression leaves: windows of weaker patterns need not correlate. */
const NOISE = 4;
const CORRELATED = 0.7;
/** Times that a picture is smoothed to leave its details out. */
const SMOOTHINGS = 6;

/**
 * Compares two thumbnails that were laid on each other, place by place: pictures of two objects that look alike differ in
 * some places by all they show there, a copy differs everywhere a little.
 * @param radius of the disc of the first that was aligned
 */
export function pictureAgreement(
  first: Uint8Array,
  second: Uint8Array,
  alignment: Alignment,
  radius: number,
): Agreement {
  const moved = alignedTo(second, alignment, radius);
  let [windows, agreeing] = [0, 0];
  for (let row = REACH; row < SIDE - REACH; row += 2) {
    for (let column = REACH; column < SIDE - REACH; column += 2) {
      const found = inWindow(first, moved, row, column);
      if (found === undefined) continue;
      windows++;
      if (found > CORRELATED) agreeing++;
    }
  }
  const details = correlation(detailsOf(first), alignedTo(detailsOf(second), alignment, radius));
  return { windows, share: windows === 0 ? 0 : agreeing / windows, details };
}

/** The correlation in a window; undefined where neither shows anything, or a fifth of it lies outside. */
function inWindow(first: Uint8Array, moved: Float32Array, row: number, column: number): number | undefined {
  let [n, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let y = row - REACH; y <= row + REACH; y++) {
    for (let x = column - REACH; x <= column + REACH; x++) {
      const [p, q] = [first[y * SIDE + x], moved[y * SIDE + x]];
      if (Number.isNaN(q)) continue;
      n++;
      a += p;
      b += q;
      aa += p * p;
      bb += q * q;
      ab += p * q;
    }
  }
  if (n < 0.8 * (2 * REACH + 1) ** 2) return undefined;
  const [varianceA, varianceB] = [aa / n - (a / n) ** 2, bb / n - (b / n) ** 2];
  if (Math.max(varianceA, varianceB) < LEAST_DEVIATION ** 2) return undefined;
  return (ab / n - (a / n) * (b / n)) / Math.sqrt((varianceA + NOISE) * (varianceB + NOISE));
}

/** What a little smoothing leaves and much takes away. */
function detailsOf(image: Uint8Array): Float32Array {
  const little = smooth(image);
  let much = little;
  for (let i = 0; i < SMOOTHINGS; i++) much = smooth(much);
  return little.map((value, at) => value - much[at]);
}

/** Over the places that the second has. */
function correlation(first: Float32Array, second: Float32Array): number {
  let [n, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < first.length; at++) {
    const [p, q] = [first[at], second[at]];
    if (Number.isNaN(q)) continue;
    n++;
    a += p;
    b += q;
    aa += p * p;
    bb += q * q;
    ab += p * q;
  }
  const variances = (aa / n - (a / n) ** 2) * (bb / n - (b / n) ** 2);
  return variances > 0 ? (ab / n - (a / n) * (b / n)) / Math.sqrt(variances) : 0;
}

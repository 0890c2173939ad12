import { THUMBNAIL_SIDE } from "./thumbnail.js";

/** Directions that a ring is sampled in, a power of two. */
export const DIRECTIONS = 64;

/** Radii of the discs that an image is described by, in pixels of the thumbnail: the whole of it, then 4 % less each. */
export const DISC_RADII: readonly number[] = Array.from({ length: 7 }, (_, k) => 31 * 0.96 ** k);

/** Rings of a disc, and circles averaged in each. */
const RINGS = 8;
const CIRCLES = 3;
/** The highest frequency along a ring; near the middle there are fewer pixels to tell frequencies by. */
const frequenciesOf = (ring: number): number => Math.min(8, 2 * (ring + 1));

/** Numbers that describe a disc. */
export const SPECTRUM_SIZE: number = Array.from({ length: RINGS }, (_, ring) => frequenciesOf(ring) + 1).reduce(
  (sum, count) => sum + count,
);

/** Added to the deviation of a disc's grey values, so that noise on a plain one is not blown up. */
const LEAST_DEVIATION = 2;

const CENTRE = (THUMBNAIL_SIDE - 1) / 2;
const COSINES = table(Math.cos);
const SINES = table(Math.sin);

/** (frequency, direction) */
function table(of: (angle: number) => number): Float64Array[] {
  return Array.from({ length: 9 }, (_, m) =>
    Float64Array.from({ length: DIRECTIONS }, (_, a) => of((2 * Math.PI * m * a) / DIRECTIONS)),
  );
}

/** The grey value between four pixels; past the border that of the border. @param image (64, 64) */
export function between(image: ArrayLike<number>, x: number, y: number): number {
  const side = THUMBNAIL_SIDE;
  const left = Math.min(side - 1.001, Math.max(0, x));
  const top = Math.min(side - 1.001, Math.max(0, y));
  const [column, row] = [Math.floor(left), Math.floor(top)];
  const [u, v] = [left - column, top - row];
  const at = row * side + column;
  const upper = image[at] * (1 - u) + image[at + 1] * u;
  return upper * (1 - v) + (image[at + side] * (1 - u) + image[at + side + 1] * u) * v;
}

/** A disc in the middle of a thumbnail, unrolled: (circles, 64 directions), the inner circle first. */
export function unrolledDisc(image: Uint8Array, radius: number, circles: number): Float32Array {
  const values = new Float32Array(circles * DIRECTIONS);
  for (let circle = 0; circle < circles; circle++) {
    const r = (radius * (circle + 0.5)) / circles;
    for (let a = 0; a < DIRECTIONS; a++) {
      values[circle * DIRECTIONS + a] = between(image, CENTRE + r * COSINES[1][a], CENTRE + r * SINES[1][a]);
    }
  }
  return values;
}

/**
 * Describes a disc in the middle of an image so that it is the same however the image is turned or mirrored, darkened or
 * given more contrast: of each of eight rings, the mean and the magnitudes of the lowest frequencies along it (those of
 * a function on a circle do not change when it is turned or runs the other way), of grey values less the disc's mean, over
 * its deviation. Square roots, so that few strong frequencies do not decide alone. The idea is that of the Fourier–Mellin
 * descriptors (Sheng and Arsenault, JOSA A 3(6), 1986), but radii stay radii: several discs stand for several scales.
 * @param image (64, 64) of `greyThumbnail`
 * @param radius of the disc, in pixels
 * @returns SPECTRUM_SIZE numbers
 */
export function ringSpectrum(image: Uint8Array, radius: number): Float32Array {
  const fine = unrolledDisc(image, radius, RINGS * CIRCLES);
  const rings = new Float64Array(RINGS * DIRECTIONS);
  for (let i = 0; i < fine.length; i++) {
    const ring = Math.floor(i / DIRECTIONS / CIRCLES);
    rings[ring * DIRECTIONS + (i % DIRECTIONS)] += fine[i] / CIRCLES;
  }
  const { mean, deviation } = ofDisc(rings);
  const spectrum = new Float32Array(SPECTRUM_SIZE);
  let to = 0;
  for (let ring = 0; ring < RINGS; ring++) {
    for (let m = 0; m <= frequenciesOf(ring); m++) {
      let [c, s] = [0, 0];
      for (let a = 0; a < DIRECTIONS; a++) {
        const value = (rings[ring * DIRECTIONS + a] - mean) / (deviation + LEAST_DEVIATION);
        c += (value * COSINES[m][a]) / DIRECTIONS;
        s += (value * SINES[m][a]) / DIRECTIONS;
      }
      spectrum[to++] = m === 0 ? Math.sign(c) * Math.sqrt(Math.abs(c)) : Math.sqrt(Math.hypot(c, s));
    }
  }
  return spectrum;
}

/** Mean and deviation over the area of the disc: outer rings count more. */
function ofDisc(rings: Float64Array): { mean: number; deviation: number } {
  const over = (of: (value: number) => number): number => {
    let [sum, weights] = [0, 0];
    for (const [i, value] of rings.entries()) {
      const weight = Math.floor(i / DIRECTIONS) + 0.5;
      sum += of(value) * weight;
      weights += weight;
    }
    return sum / weights;
  };
  const mean = over(value => value);
  return { mean, deviation: Math.sqrt(over(value => (value - mean) ** 2)) };
}

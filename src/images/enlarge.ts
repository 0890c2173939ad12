// Enlarging with PIL's arithmetic (Pillow's Resample.c): filters, windows, 8-bit intermediate, rounding.
import type { RawImage } from "../datasets/image-input.js";

/** How pixels between pixels are made; when shrinking, its filter widens with the factor (antialiasing). */
export type Interpolation = "bilinear" | "bicubic";

/** The part of the resized image that is wanted, in pixels of the resized image. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Bits after the point of PIL's coefficients: 255 · 2^22 times the largest sum of weights stays below 2^31. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

interface Filter {
  /** Half width, in source pixels. */
  readonly support: 1 | 2;
  weight(distance: number): number;
}

const FILTERS: Readonly<Record<Interpolation, Filter>> = {
  bilinear: { support: 1, weight: x => Math.max(0, 1 - Math.abs(x)) },
  // Keys' cubic convolution with a = -0.5.
  bicubic: {
    support: 2,
    weight(signed) {
      const x = Math.abs(signed);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0;
    },
  },
};

/** For output i, weights[i·taps .. +taps) apply to the source pixels from first[i] on. */
interface Taps {
  readonly first: Int32Array;
  readonly taps: 2 | 4;
  readonly weights: Int32Array;
}

/** Outputs `start` to `start + count` of a line of `from` pixels enlarged to `to`. */
function tapsOf(from: number, to: number, start: number, count: number, { support, weight }: Filter): Taps {
  const taps = (2 * support) as 2 | 4;
  const first = new Int32Array(count);
  const weights = new Int32Array(count * taps);
  for (let i = 0; i < count; i++) {
    const centre = ((start + i + 0.5) * from) / to;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let k = low; k < high; k++) sum += weight(k - centre + 0.5);
    // At the far edge the window starts earlier, so that all taps lie in the source; those added weigh nothing.
    first[i] = Math.max(0, Math.min(low, from - taps));
    for (let k = low; k < high; k++) {
      const scaled = (weight(k - centre + 0.5) / sum) * 2 ** PRECISION;
      weights[i * taps + k - first[i]] = Math.trunc(scaled + (scaled < 0 ? -0.5 : 0.5));
    }
  }
  return { first, taps, weights };
}

/** (height, width, channels) → (height, columns, channels) */
function alongRows(source: Uint8Array, height: number, width: number, channels: number, along: Taps): Uint8Array {
  const { first, taps, weights } = along;
  const columns = first.length;
  const out = new Uint8ClampedArray(height * columns * channels);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      const start = (y * width + first[x]) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let k = 0; k < taps; k++) sum += Math.imul(source[start + k * channels + c], weights[x * taps + k]);
        out[to++] = sum >> PRECISION;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/** (height, stride) → (rows, stride). Nearly all the time goes here: the taps are written out, three times as fast. */
function alongColumns(source: Uint8Array, stride: number, along: Taps): Uint8Array {
  const { first, taps, weights } = along;
  const rows = first.length;
  const out = new Uint8ClampedArray(rows * stride);
  for (let y = 0; y < rows; y++) {
    const to = y * stride;
    const from = first[y] * stride;
    const [a, b, c, d] = weights.subarray(y * taps, (y + 1) * taps);
    if (taps === 2) {
      for (let x = 0; x < stride; x++) {
        const i = from + x;
        out[to + x] = (HALF + Math.imul(source[i], a) + Math.imul(source[i + stride], b)) >> PRECISION;
      }
    } else {
      for (let x = 0; x < stride; x++) {
        const i = from + x;
        const near = Math.imul(source[i], a) + Math.imul(source[i + stride], b);
        const far = Math.imul(source[i + 2 * stride], c) + Math.imul(source[i + 3 * stride], d);
        out[to + x] = (HALF + near + far) >> PRECISION;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/**
 * A window of the image enlarged to `width` × `height` (neither below the image's own), bit for bit what PIL's
 * `resize` then `crop` give. Runs on the calling thread: for small images it is quicker than handing them to sharp,
 * whose enlarging is off by a fraction of a pixel.
 */
export function enlarge(
  image: RawImage,
  width: number,
  height: number,
  window: Window,
  interpolation: Interpolation,
): RawImage {
  const { channels } = image;
  const filter = FILTERS[interpolation];
  const across = tapsOf(image.width, width, window.left, window.width, filter);
  const down = tapsOf(image.height, height, window.top, window.height, filter);
  const widened = alongRows(image.data, image.height, image.width, channels, across);
  const data = alongColumns(widened, window.width * channels, down);
  return { data, width: window.width, height: window.height, channels };
}

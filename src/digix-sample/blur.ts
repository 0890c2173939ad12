import type { Picture } from "./picture.js";

/** A field of values, (height, width), smoothed by `passes` box blurs of a radius. */
export function boxBlurred(
  field: Float32Array,
  { width, height }: Pick<Picture, "width" | "height">,
  radius: number,
  passes = 2,
): Float32Array {
  let from = field;
  for (let pass = 0; pass < passes; pass++) {
    const across = blurLines(from, width, height, 1, width, radius);
    from = blurLines(across, height, width, width, 1, radius);
  }
  return from;
}

/** Running means over `count` lines of `length` values; beyond the ends a line is taken to be 0. */
function blurLines(
  field: Float32Array,
  length: number,
  count: number,
  step: number,
  lineStep: number,
  radius: number,
): Float32Array {
  const out = new Float32Array(field.length);
  const norm = 1 / (2 * radius + 1);
  for (let line = 0; line < count; line++) {
    const start = line * lineStep;
    let sum = 0;
    for (let i = 0; i < Math.min(radius, length); i++) sum += field[start + i * step];
    for (let i = 0; i < length; i++) {
      if (i + radius < length) sum += field[start + (i + radius) * step];
      if (i - radius - 1 >= 0) sum -= field[start + (i - radius - 1) * step];
      out[start + i * step] = sum * norm;
    }
  }
  return out;
}

/**
 * Blurs a picture in place as a lens out of focus does, by a Gaussian; beyond its edges a picture goes on as at the edge.
 * @param sigma in pixels, above 0
 */
export function blurPicture({ data, width, height }: Picture, sigma: number): void {
  const weights = gaussian(sigma);
  const reach = weights.length - 1;
  const line = width * 3;
  const across = new Float32Array(data.length); // (height, width, 3)
  const padded = new Float32Array(line + 6 * reach); // a row with its first and last pixel repeated at its ends
  for (let y = 0; y < height; y++) {
    padded.set(data.subarray(y * line, (y + 1) * line), 3 * reach);
    for (let i = 0; i < 3 * reach; i++) {
      padded[i] = data[y * line + (i % 3)];
      padded[padded.length - 1 - i] = data[(y + 1) * line - 1 - (i % 3)];
    }
    for (let i = 0, at = 3 * reach; i < line; i++, at++) {
      let sum = weights[0] * padded[at];
      for (let k = 1; k <= reach; k++) sum += weights[k] * (padded[at - 3 * k] + padded[at + 3 * k]);
      across[y * line + i] = sum;
    }
  }
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * line, (y + 1) * line);
    for (let i = 0; i < line; i++) row[i] = weights[0] * across[y * line + i];
    for (let k = 1; k <= reach; k++) {
      const [above, below] = [Math.max(0, y - k) * line, Math.min(height - 1, y + k) * line];
      const weight = weights[k];
      for (let i = 0; i < line; i++) row[i] += weight * (across[above + i] + across[below + i]);
    }
  }
}

/** Weights of a Gaussian from its middle outward, to two and a half sigma; both sides sum to 1. */
function gaussian(sigma: number): Float64Array {
  const weights = Float64Array.from({ length: Math.ceil(2.5 * sigma) + 1 }, (_, k) =>
    Math.exp(-((k / sigma) ** 2) / 2),
  );
  const sum = weights.reduce((a, b) => a + 2 * b, -weights[0]);
  return weights.map(weight => weight / sum);
}

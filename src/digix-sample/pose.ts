import type { RawImage } from "../datasets/image-input.js";
import type { Picture, Rgb } from "./picture.js";
import { blend, boxBlurred } from "./picture.js";

/** How a flat device is held before the camera. Angles in radians. */
export interface Pose {
  /** Where its middle is seen, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Pixels of the picture a pixel of the device has. */
  readonly scale: number;
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
  /** Distance of the camera in picture widths: small means strong perspective. */
  readonly distance: number;
}

/** Row-major 3×3. */
type Matrix = readonly number[];

/** Rotation by roll, then pitch, then yaw. */
function rotation({ yaw, pitch, roll }: Pose): Matrix {
  const [cy, sy, cp, sp, cr, sr] = [yaw, pitch, roll].flatMap(a => [Math.cos(a), Math.sin(a)]);
  return [
    cy * cr + sy * sp * sr,
    -cy * sr + sy * sp * cr,
    sy * cp,
    cp * sr,
    cp * cr,
    -sp,
    -sy * cr + cy * sp * sr,
    sy * sr + cy * sp * cr,
    cy * cp,
  ];
}

function inverse([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const m = [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f];
  return [...m, d * h - e * g, b * g - a * h, a * e - b * d].map(value => value / det);
}

/** From device to picture pixels, of the plane `depth` picture pixels behind the device's face. */
function toPicture(device: RawImage, pose: Pose, { width }: Picture, depth: number): Matrix {
  const r = rotation(pose);
  const { x, y, scale: s } = pose;
  const f = pose.distance * width;
  const [u0, v0] = [device.width / 2, device.height / 2];
  // Columns: what one device pixel to the right, one down, and the middle of the plane contribute.
  const columns = [0, 1, 2].map(axis => {
    const at = (row: number): number =>
      axis < 2 ? s * r[3 * row + axis] : r[3 * row + 2] * depth - s * (r[3 * row] * u0 + r[3 * row + 1] * v0);
    const w = at(2) + (axis === 2 ? f : 0);
    return [f * at(0) + x * w, f * at(1) + y * w, w];
  });
  return [0, 1, 2].flatMap(row => columns.map(column => column[row]));
}

/** The part of a picture, from and to (excluded), that the device can be seen in. */
interface Window {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function windowOf(device: RawImage, planes: readonly Matrix[], { width, height }: Picture): Window {
  const corners = planes.flatMap(([a, b, c, d, e, f, g, h, i]) =>
    [0, device.width].flatMap(u =>
      [0, device.height].map(v => [a * u + b * v + c, d * u + e * v + f].map(n => n / (g * u + h * v + i))),
    ),
  );
  const boundsAlong = (axis: number, limit: number): [number, number] => {
    const places = corners.map(corner => corner[axis]);
    return [Math.max(0, Math.floor(Math.min(...places)) - 1), Math.min(limit, Math.ceil(Math.max(...places)) + 1)];
  };
  const [[left, right], [top, bottom]] = [boundsAlong(0, width), boundsAlong(1, height)];
  return { left, top, right, bottom };
}

/** The most opaque of the nearest pixels in all planes, 0..255. `planes` holds nine numbers each. */
function opacityBelow({ data, width, height }: RawImage, planes: Float64Array, x: number, y: number): number {
  let most = 0;
  for (let p = 0; p < planes.length && most < 255; p += 9) {
    const w = planes[p + 6] * x + planes[p + 7] * y + planes[p + 8];
    const u = Math.floor((planes[p] * x + planes[p + 1] * y + planes[p + 2]) / w);
    const v = Math.floor((planes[p + 3] * x + planes[p + 4] * y + planes[p + 5]) / w);
    if (u >= 0 && v >= 0 && u < width && v < height) most = Math.max(most, data[4 * (v * width + u) + 3]);
  }
  return most;
}

/** Bilinear sample of premultiplied red, green, blue, and opacity in 0..1; zeros outside. */
function sample({ data, width, height }: RawImage, u: number, v: number, out: Float64Array): void {
  let [red, green, blue, opacity] = [0, 0, 0, 0];
  const u0 = Math.floor(u);
  const v0 = Math.floor(v);
  for (let y = v0; y < v0 + 2; y++) {
    if (y < 0 || y >= height) continue;
    const down = y === v0 ? 1 - (v - v0) : v - v0;
    for (let x = u0; x < u0 + 2; x++) {
      if (x < 0 || x >= width) continue;
      const at = 4 * (y * width + x);
      const share = ((x === u0 ? 1 - (u - u0) : u - u0) * down * data[at + 3]) / 255;
      red += share * data[at];
      green += share * data[at + 1];
      blue += share * data[at + 2];
      opacity += share;
    }
  }
  out[0] = red;
  out[1] = green;
  out[2] = blue;
  out[3] = opacity;
}

/** Planes drawn for the edges, in parts of the depth. */
const EDGE_LAYERS: readonly number[] = [0.25, 0.5, 0.75, 1];

/**
 * Puts a device (RGBA) into a picture, in perspective, with its edges and the shadow it throws.
 * @param edge colour of the edges, and their thickness in picture pixels
 * @param shadow where the shadow falls, in pixels, how soft and how dark (0..1) it is
 */
export function placeDevice(
  picture: Picture,
  device: RawImage,
  pose: Pose,
  edge: { readonly colour: Rgb; readonly depth: number },
  shadow: { readonly dx: number; readonly dy: number; readonly radius: number; readonly dark: number },
): void {
  const { width, height, data } = picture;
  const planes = [0, ...(edge.depth > 0 ? EDGE_LAYERS : [])].map(part =>
    toPicture(device, pose, picture, part * edge.depth),
  );
  const [[a, b, c, d, e, f, g, h, i], ...behind] = planes.map(inverse);
  const layers = Float64Array.from(behind.flat()); // (layers, 9)
  const colours = new Float32Array(width * height * 3); // premultiplied, (height, width, 3)
  const opacity = new Float32Array(width * height);
  const got = new Float64Array(4);
  const [red, green, blue] = edge.colour;
  const seen = windowOf(device, planes, picture);
  for (let y = seen.top; y < seen.bottom; y++) {
    for (let x = seen.left, pixel = y * width + x; x < seen.right; x++, pixel++) {
      const w = g * (x + 0.5) + h * (y + 0.5) + i;
      const u = (a * (x + 0.5) + b * (y + 0.5) + c) / w - 0.5;
      const v = (d * (x + 0.5) + e * (y + 0.5) + f) / w - 0.5;
      if (u > -1 && v > -1 && u < device.width && v < device.height) sample(device, u, v, got);
      else got.fill(0);
      const side = got[3] < 1 ? ((1 - got[3]) * opacityBelow(device, layers, x + 0.5, y + 0.5)) / 255 : 0;
      colours[3 * pixel] = got[0] + side * red;
      colours[3 * pixel + 1] = got[1] + side * green;
      colours[3 * pixel + 2] = got[2] + side * blue;
      opacity[pixel] = got[3] + side;
    }
  }
  castShadow(picture, opacity, shadow);
  for (let pixel = 0; pixel < opacity.length; pixel++) {
    const covered = opacity[pixel];
    if (covered === 0) continue;
    for (let at = 3 * pixel; at < 3 * pixel + 3; at++) data[at] = data[at] * (1 - covered) + colours[at];
  }
}

const BLACK: Rgb = [0, 0, 0];

function castShadow(
  picture: Picture,
  opacity: Float32Array,
  { dx, dy, radius, dark }: { dx: number; dy: number; radius: number; dark: number },
): void {
  const { width, height } = picture;
  const soft = boxBlurred(opacity, picture, radius);
  const [left, right] = [Math.max(0, dx), Math.min(width, width + dx)];
  for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y++) {
    for (let x = left; x < right; x++) {
      const amount = soft[(y - dy) * width + x - dx];
      if (amount > 0) blend(picture, y * width + x, BLACK, dark * amount);
    }
  }
}

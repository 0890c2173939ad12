import type { RawImage } from "../datasets/image-input.js";
import { boxBlurred } from "./blur.js";
import type { Picture, Rgb } from "./picture.js";
import { blend } from "./picture.js";

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
    const within = (place: number): number => Math.min(limit, Math.max(0, place));
    return [within(Math.floor(Math.min(...places)) - 1), within(Math.ceil(Math.max(...places)) + 1)];
  };
  const [[left, right], [top, bottom]] = [boundsAlong(0, width), boundsAlong(1, height)];
  return { left, top, right, bottom };
}

/** A window with room around it, in pixels, as far as the picture goes. */
function withRoom({ left, top, right, bottom }: Window, room: number, { width, height }: Picture): Window {
  return {
    left: Math.max(0, left - room),
    top: Math.max(0, top - room),
    right: Math.min(width, right + room),
    bottom: Math.min(height, bottom + room),
  };
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
function sample(device: RawImage, u: number, v: number, out: Float64Array): void {
  const [x, y] = [Math.floor(u), Math.floor(v)];
  const [right, down] = [u - x, v - y];
  out.fill(0);
  addPixel(device, x, y, (1 - right) * (1 - down), out);
  addPixel(device, x + 1, y, right * (1 - down), out);
  addPixel(device, x, y + 1, (1 - right) * down, out);
  addPixel(device, x + 1, y + 1, right * down, out);
}

function addPixel({ data, width, height }: RawImage, x: number, y: number, part: number, out: Float64Array): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const at = 4 * (y * width + x);
  const share = (part * data[at + 3]) / 255;
  out[0] += share * data[at];
  out[1] += share * data[at + 1];
  out[2] += share * data[at + 2];
  out[3] += share;
}

/** Planes drawn for the edges, in parts of the depth. */
const EDGE_LAYERS: readonly number[] = [0.33, 0.67, 1];

/** Where the shadow falls, in pixels, how soft and how dark (0..1) it is. */
export interface Shadow {
  readonly dx: number;
  readonly dy: number;
  readonly radius: number;
  readonly dark: number;
}

/**
 * Puts a device (RGBA) into a picture, in perspective, with its edges and the shadow it throws.
 * @param edge colour of the edges, and their thickness in picture pixels
 */
export function placeDevice(
  picture: Picture,
  device: RawImage,
  pose: Pose,
  edge: { readonly colour: Rgb; readonly depth: number },
  shadow: Shadow,
): void {
  const planes = [0, ...(edge.depth > 0 ? EDGE_LAYERS : [])].map(part =>
    toPicture(device, pose, picture, part * edge.depth),
  );
  const seen = windowOf(device, planes, picture);
  const around = withRoom(seen, 2 * shadow.radius, picture); // as far as its shadow is smoothed
  const { colours, opacity } = devicePixels(device, planes.map(inverse), edge.colour, seen, around);
  castShadow(picture, opacity, around, shadow);
  const { data, width } = picture;
  const across = around.right - around.left;
  for (let y = around.top, from = 0; y < around.bottom; y++) {
    for (let pixel = y * width + around.left, end = pixel + across; pixel < end; pixel++, from++) {
      const covered = opacity[from];
      if (covered === 0) continue;
      const free = 1 - covered;
      data[3 * pixel] = data[3 * pixel] * free + colours[3 * from];
      data[3 * pixel + 1] = data[3 * pixel + 1] * free + colours[3 * from + 1];
      data[3 * pixel + 2] = data[3 * pixel + 2] * free + colours[3 * from + 2];
    }
  }
}

/**
 * A device with its edges, which are seen in a window: premultiplied colours, (height, width, 3), and opacity,
 * (height, width), of the wider window around it.
 */
function devicePixels(
  device: RawImage,
  [[a, b, c, d, e, f, g, h, i], ...behind]: readonly Matrix[],
  [red, green, blue]: Rgb,
  seen: Window,
  around: Window,
): { colours: Float32Array; opacity: Float32Array } {
  const layers = Float64Array.from(behind.flat()); // (layers, 9)
  const across = around.right - around.left;
  const opacity = new Float32Array(across * (around.bottom - around.top));
  const colours = new Float32Array(3 * opacity.length);
  const got = new Float64Array(4);
  for (let y = seen.top; y < seen.bottom; y++) {
    let pixel = (y - around.top) * across + seen.left - around.left;
    for (let x = seen.left; x < seen.right; x++, pixel++) {
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
  return { colours, opacity };
}

const BLACK: Rgb = [0, 0, 0];

/** @param opacity of the device in a window, (height, width) */
function castShadow(
  picture: Picture,
  opacity: Float32Array,
  { left, top, right, bottom }: Window,
  { dx, dy, radius, dark }: Shadow,
): void {
  const [width, height] = [right - left, bottom - top];
  const soft = boxBlurred(opacity, { width, height }, radius);
  for (let y = Math.max(0, top + dy); y < Math.min(picture.height, bottom + dy); y++) {
    for (let x = Math.max(0, left + dx); x < Math.min(picture.width, right + dx); x++) {
      const amount = soft[(y - dy - top) * width + x - dx - left];
      if (amount > 0) blend(picture, y * picture.width + x, BLACK, dark * amount);
    }
  }
}

import { describe, expect, it } from "vitest";
import type { RawImage } from "../../src/datasets/image-input.js";
import type { Picture } from "../../src/digix-sample/picture.js";
import { pictureOf } from "../../src/digix-sample/picture.js";
import type { Pose } from "../../src/digix-sample/pose.js";
import { placeDevice } from "../../src/digix-sample/pose.js";

const NO_SHADOW = { dx: 0, dy: 0, radius: 1, dark: 0 };
const FLAT: Pose = { x: 20, y: 20, scale: 1, yaw: 0, pitch: 0, roll: 0, distance: 2 };

/** Opaque, every pixel different. */
function device(width: number, height: number): RawImage {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) data.set([(i * 7) % 256, (i * 13) % 256, i % 256], 4 * i);
  return { data, width, height, channels: 4 };
}

function placed(image: RawImage, pose: Partial<Pose>, depth = 0): Picture {
  const picture = pictureOf(40, 40, () => [1, 2, 3]);
  placeDevice(picture, image, { ...FLAT, ...pose }, { colour: [250, 0, 250], depth }, NO_SHADOW);
  return picture;
}

const pixel = ({ data, width }: Picture, x: number, y: number): number[] =>
  Array.from(data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3), Math.round);

/** Size of the part that is not background. */
function covered(picture: Picture, isDevice: (rgb: number[]) => boolean): { columns: number[]; rows: number[] } {
  const [columns, rows] = [new Set<number>(), new Set<number>()];
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      if (!isDevice(pixel(picture, x, y))) continue;
      columns.add(x);
      rows.add(y);
    }
  }
  return { columns: [...columns].sort((a, b) => a - b), rows: [...rows].sort((a, b) => a - b) };
}

describe("placeDevice", () => {
  it("held straight: the device's own pixels, the rest untouched", () => {
    const image = device(10, 6);
    const picture = placed(image, {});
    for (let y = 0; y < 40; y++) {
      for (let x = 0; x < 40; x++) {
        const [u, v] = [x - 15, y - 17];
        const inside = u >= 0 && v >= 0 && u < 10 && v < 6;
        const at = 4 * (v * 10 + u);
        expect(pixel(picture, x, y)).toEqual(inside ? [...image.data.subarray(at, at + 3)] : [1, 2, 3]);
      }
    }
  });

  it("rolled by a quarter turn: rows become columns", () => {
    const image = device(10, 6);
    const picture = placed(image, { roll: Math.PI / 2 });
    for (let v = 0; v < 6; v++) {
      for (let u = 0; u < 10; u++) {
        const at = 4 * (v * 10 + u);
        expect(pixel(picture, 22 - v, 15 + u)).toEqual([...image.data.subarray(at, at + 3)]);
      }
    }
  });

  it("turned away: narrower, and the far side smaller, as a pinhole camera sees it", () => {
    const white: RawImage = { data: new Uint8Array(24 * 24 * 4).fill(255), width: 24, height: 24, channels: 4 };
    const yaw = 0.9;
    const picture = placed(white, { yaw, distance: 1 });
    const { columns } = covered(picture, rgb => rgb[0] > 128);
    // Where the sides at ±12 are seen: x = f · 12 cos / (f ∓ 12 sin), f = 40.
    const side = (u: number): number => 20 + (40 * u * Math.cos(yaw)) / (40 - u * Math.sin(yaw));
    expect(Math.abs(columns[0] - side(-12))).toBeLessThan(1.01);
    expect(Math.abs(columns.at(-1)! + 1 - side(12))).toBeLessThan(1.01);
    const heightAt = (x: number): number =>
      Array.from({ length: 40 }, (_, y) => pixel(picture, x, y)[0] > 128).filter(Boolean).length;
    expect(heightAt(columns.at(-2)!)).toBeGreaterThan(heightAt(columns[1]) + 4);
  });

  it("turned, thick: its edge shows on one side, in its own colour", () => {
    const white: RawImage = { data: new Uint8Array(20 * 20 * 4).fill(255), width: 20, height: 20, channels: 4 };
    const isEdge = ([r, g]: number[]): boolean => r > 200 && g < 60;
    expect(covered(placed(white, { yaw: 0.7 }, 0), isEdge).columns).toEqual([]);
    expect(covered(placed(white, {}, 6), isEdge).columns.length).toBe(0); // hidden behind the face
    const { columns } = covered(placed(white, { yaw: 0.7 }, 6), isEdge);
    expect(columns.length).toBeGreaterThanOrEqual(3);
    expect(Math.min(...columns)).toBeGreaterThan(20);
  });

  it("throws a shadow beside it", () => {
    const picture = pictureOf(40, 40, () => [200, 200, 200]);
    const shadow = { dx: 6, dy: 0, radius: 2, dark: 0.5 };
    placeDevice(picture, device(10, 10), FLAT, { colour: [0, 0, 0], depth: 0 }, shadow);
    expect(pixel(picture, 28, 20)[0]).toBeLessThan(130);
    expect(pixel(picture, 10, 20)[0]).toBe(200);
  });
});

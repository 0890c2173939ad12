import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { blurPicture, boxBlurred } from "../../src/digix-sample/blur.js";
import type { Picture } from "../../src/digix-sample/picture.js";

describe("boxBlurred", () => {
  it("is the mean over a square, beyond the edges zeros", () => {
    const sized = fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(sized, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 99 }), (size, radius, salt) => {
        const { width, height } = size;
        const field = Float32Array.from({ length: width * height }, (_, i) => (i * 37 + salt) % 11);
        const naive = field.map((_, at) => {
          let sum = 0;
          for (let dy = -radius; dy <= radius; dy++) {
            for (let dx = -radius; dx <= radius; dx++) {
              const [x, y] = [(at % width) + dx, Math.floor(at / width) + dy];
              if (x >= 0 && y >= 0 && x < width && y < height) sum += field[y * width + x];
            }
          }
          return sum / (2 * radius + 1) ** 2;
        });
        const blurred = boxBlurred(field, size, radius, 1);
        blurred.forEach((value, at) => {
          expect(value).toBeCloseTo(naive[at], 4);
        });
      }),
      { seed: 4 },
    );
  });
});

describe("blurPicture", () => {
  /** A picture of noise. */
  const noisy = (width: number, height: number): Picture => ({
    width,
    height,
    data: new Random(width).uniforms(width * height * 3, 0, 255),
  });

  it.each([0.3, 0.8, 2])("is the weighted mean of all pixels, of which those at the edge go on, sigma %s", sigma => {
    const [width, height] = [7, 5];
    const picture = noisy(width, height);
    const before = Float64Array.from(picture.data);
    blurPicture(picture, sigma);
    const reach = Math.ceil(2.5 * sigma);
    const clamp = (at: number, length: number): number => Math.min(length - 1, Math.max(0, at));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < 3; channel++) {
          let [sum, weights] = [0, 0];
          for (let dy = -reach; dy <= reach; dy++) {
            for (let dx = -reach; dx <= reach; dx++) {
              const weight = Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
              sum += weight * before[3 * (clamp(y + dy, height) * width + clamp(x + dx, width)) + channel];
              weights += weight;
            }
          }
          expect(picture.data[3 * (y * width + x) + channel]).toBeCloseTo(sum / weights, 3);
        }
      }
    }
  });

  it("leaves one colour as it is", () => {
    const picture: Picture = { width: 4, height: 3, data: new Float32Array(36).fill(100) };
    blurPicture(picture, 1.5);
    for (const value of picture.data) expect(value).toBeCloseTo(100, 4);
  });
});

import { describe, expect, it } from "vitest";
import { alignedTo, alignThumbnails, placeOf, smooth } from "../../src/images/align-thumbnails.js";
import { DISC_RADII } from "../../src/images/ring-spectrum.js";
import { drawnPicture, rendered } from "./drawn-picture.js";

const picture = drawnPicture(3);
const first = { image: rendered(picture, 64), radius: DISC_RADII[0] };

/** Pixels of the first by which an alignment misses a known map, at most, within a disc of 25 pixels. */
function miss(
  found: NonNullable<ReturnType<typeof alignThumbnails>>,
  known: (x: number, y: number) => readonly [number, number],
): number {
  let most = 0;
  for (let angle = 0; angle < 6.28; angle += 0.3) {
    const [x, y] = [25 * Math.cos(angle), 25 * Math.sin(angle)];
    const place = placeOf(found, 31.5 + x, 31.5 + y);
    const [u, v] = known(x, y);
    most = Math.max(most, Math.hypot(place.x - 31.5 - u, place.y - 31.5 - v));
  }
  return most;
}

describe("alignThumbnails", () => {
  // The second shows at p what the first shows at T(p); a pixel of the first lies at T⁻¹ in the second.
  it.each<[string, number, number, number, 1 | -1, number]>([
    ["nothing changed", 0, 1, 0, 1, 0],
    ["turned by 5.6°", 0.098, 1, 0, 1, 0],
    ["turned by 90°", Math.PI / 2, 1, 0, 1, 0],
    ["mirrored", 0, 1, 0, -1, 0],
    ["mirrored and turned by 200°", 3.49, 1, 0, -1, 0],
    ["cropped to 0.85", 0, 0.85, 0, 1, 4],
    ["cropped to 0.9, turned, shifted", 0.3, 0.9, 1.5, 1, 3],
  ])("finds how a picture was changed: %s", (_, angle, scale, shift, mirror, disc) => {
    const [c, s] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    const second = (x: number, y: number): number => {
      const [px, py] = [x, mirror * y];
      return 30 + 0.7 * picture(c * px - s * py + shift / 32, s * px + c * py);
    };
    // The whole disc of the cropped picture is a smaller one of the first.
    const found = alignThumbnails(
      { ...first, radius: DISC_RADII[disc] },
      { image: rendered(second, 64), radius: DISC_RADII[0] },
    );
    expect(found?.mirror).toBe(mirror);
    const inverse = (x: number, y: number): [number, number] => {
      const [qx, qy] = [x - shift, y];
      const [px, py] = [(c * qx + s * qy) / scale ** 2, (-s * qx + c * qy) / scale ** 2];
      return [px, mirror * py];
    };
    expect(miss(found!, inverse)).toBeLessThan(0.4);
  });

  it("lays few pictures on each other that have nothing in common, and none on a plain one", () => {
    // Smooth as these are, a turn can be found for some of them at which they correlate by .6; not for many.
    const others = Array.from({ length: 30 }, (_, i) => rendered(drawnPicture(20 + i), 64));
    const laid = others.filter(image => alignThumbnails(first, { image, radius: DISC_RADII[0] }) !== undefined);
    expect(laid.length).toBeLessThan(6);
    expect(alignThumbnails(first, { image: new Uint8Array(4096).fill(9), radius: 31 })).toBeUndefined();
  });
});

describe("alignedTo", () => {
  it("gives grey values of the disc, moved, and NaN around it", () => {
    const ramp = Float32Array.from({ length: 4096 }, (_, at) => at % 64);
    const moved = alignedTo(ramp, { a: 1, b: 0, u: 2, v: 0, mirror: 1 }, 20);
    expect(moved[32 * 64 + 30]).toBeCloseTo(32, 5);
    expect([moved[0], moved[32 * 64 + 60]]).toEqual([Number.NaN, Number.NaN]);
    expect(moved.filter(value => !Number.isNaN(value)).length / (Math.PI * (20 * 0.97) ** 2)).toBeCloseTo(1, 1);
  });
});

describe("smooth", () => {
  it("weighs neighbours ¼ ½ ¼ along both sides", () => {
    const dot = new Float32Array(4096);
    dot[10 * 64 + 20] = 16;
    const spread = smooth(dot);
    expect([spread[10 * 64 + 20], spread[10 * 64 + 21], spread[9 * 64 + 20], spread[11 * 64 + 19]]).toEqual([
      4, 2, 2, 1,
    ]);
    expect(smooth(new Float32Array(4096).fill(7))).toEqual(new Float32Array(4096).fill(7)); // borders too
  });
});

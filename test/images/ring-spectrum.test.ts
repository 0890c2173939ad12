import { describe, expect, it } from "vitest";
import { between, DISC_RADII, ringSpectrum, SPECTRUM_SIZE, unrolledDisc } from "../../src/images/ring-spectrum.js";
import { drawnPicture, rendered } from "./drawn-picture.js";

const picture = drawnPicture(1);
const [whole] = DISC_RADII;
const spectrumOf = (of: typeof picture): Float32Array => ringSpectrum(rendered(of, 64), whole);

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
}

/** The definition, number by number, with complex exponentials. */
function naive(image: Uint8Array, radius: number): number[] {
  const rings = Array.from({ length: 8 }, (_, ring) =>
    Array.from({ length: 64 }, (_, a) => {
      let sum = 0;
      for (let circle = 3 * ring; circle < 3 * ring + 3; circle++) {
        const r = (radius * (circle + 0.5)) / 24;
        const angle = (2 * Math.PI * a) / 64;
        sum += between(image, 31.5 + r * Math.cos(angle), 31.5 + r * Math.sin(angle)) / 3;
      }
      return sum;
    }),
  );
  const weighted = (of: (value: number) => number): number =>
    rings.flatMap((ring, i) => ring.map(value => (of(value) * (i + 0.5)) / 64)).reduce((a, b) => a + b) / 32;
  const mean = weighted(value => value);
  const deviation = Math.sqrt(weighted(value => (value - mean) ** 2)) + 2;
  return rings.flatMap((ring, i) =>
    Array.from({ length: Math.min(8, 2 * (i + 1)) + 1 }, (_, m) => {
      const part = (wave: (angle: number) => number): number =>
        ring.reduce((sum, v, a) => sum + ((v - mean) / deviation) * wave((2 * Math.PI * m * a) / 64), 0) / 64;
      const [real, imaginary] = [part(Math.cos), part(Math.sin)];
      return m === 0 ? Math.sign(real) * Math.sqrt(Math.abs(real)) : (real ** 2 + imaginary ** 2) ** 0.25;
    }),
  );
}

describe("ringSpectrum", () => {
  it("is its definition, for every disc", () => {
    const image = rendered(picture, 64);
    for (const radius of DISC_RADII) {
      const found = ringSpectrum(image, radius);
      expect(found).toHaveLength(SPECTRUM_SIZE);
      expect(farthest(found, naive(image, radius))).toBeLessThan(1e-5);
    }
  });

  it.each<[string, typeof picture, number]>([
    ["mirrored", (x, y) => picture(-x, y), 0.01],
    ["upside down", (x, y) => picture(x, -y), 0.01],
    ["turned by 90°", (x, y) => picture(y, -x), 0.01],
    ["turned by 31°", (x, y) => picture(0.857 * x - 0.515 * y, 0.515 * x + 0.857 * y), 0.05],
    ["darker, of less contrast", (x, y) => 20 + 0.6 * picture(x, y), 0.05],
  ])("is the same for a picture that is %s", (_, other, tolerance) => {
    expect(farthest(spectrumOf(other), spectrumOf(picture))).toBeLessThan(tolerance);
  });

  it("tells pictures apart, and a plain one is near to nothing", () => {
    expect(farthest(spectrumOf(drawnPicture(2)), spectrumOf(picture))).toBeGreaterThan(0.2);
    expect(spectrumOf(() => 200)).toEqual(new Float32Array(SPECTRUM_SIZE));
  });

  it("a smaller disc is that of the picture cropped", () => {
    const smaller = ringSpectrum(rendered(picture, 64), DISC_RADII[4]);
    const part = DISC_RADII[4] / DISC_RADII[0];
    expect(
      farthest(
        smaller,
        spectrumOf((x, y) => picture(part * x, part * y)),
      ),
    ).toBeLessThan(0.05);
  });
});

describe("unrolledDisc", () => {
  it("samples circles, the inner one first", () => {
    const image = Uint8Array.from({ length: 4096 }, (_, at) => at % 64); // grey = column
    const disc = unrolledDisc(image, 30, 3);
    for (let circle = 0; circle < 3; circle++) {
      for (let a = 0; a < 64; a++) {
        expect(disc[circle * 64 + a]).toBeCloseTo(31.5 + 10 * (circle + 0.5) * Math.cos((2 * Math.PI * a) / 64), 4);
      }
    }
  });
});

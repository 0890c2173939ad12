import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";
import { reachOf } from "../../src/reproduction/seed-spread.js";

/** Γ(n / 2) by its recurrence. */
function gammaOfHalf(n: number): number {
  if (n === 1) return Math.sqrt(Math.PI);
  return n === 2 ? 1 : (n / 2 - 1) * gammaOfHalf(n - 2);
}

/** Probability that Student's t is between −x and x, by Simpson's rule over its density. */
function studentWithin(x: number, freedom: number): number {
  const constant = gammaOfHalf(freedom + 1) / (Math.sqrt(freedom * Math.PI) * gammaOfHalf(freedom));
  const density = (t: number): number => constant * (1 + t ** 2 / freedom) ** (-(freedom + 1) / 2);
  const [steps, width] = [20_000, x / 20_000];
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * density(i * width);
  return (2 * sum * width) / 3;
}

describe("how far another seed's is", () => {
  it.each([3, 4, 5, 6, 7, 8, 9, 10, 11])("is √2 · t · s of %i seeds", seeds => {
    const values = Array.from({ length: seeds }, (_, i) => 0.8 + 0.001 * i ** 2);
    const mean = values.reduce((sum, value) => sum + value) / seeds;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seeds - 1));
    const t = reachOf(values) / deviation / Math.SQRT2;
    expect(studentWithin(t, seeds - 1)).toBeCloseTo(0.99, 4);
  });

  it("is never narrower than by eleven seeds, and 0 where all agree", () => {
    const values = Array.from({ length: 40 }, (_, i) => i);
    const deviation = Math.sqrt((41 * 40) / 12);
    expect(reachOf(values) / deviation / Math.SQRT2).toBe(3.169);
    expect(reachOf([0.5, 0.5, 0.5])).toBe(0);
  });

  it.each([3, 5, 10])("holds one more training in 99 of 100 studies of %i seeds", seeds => {
    const random = new Random(seeds);
    const studies = 20_000;
    let outside = 0;
    for (let study = 0; study < studies; study++) {
      const values = [...random.normals(seeds + 1, 0.004)];
      const another = values.pop()!;
      if (Math.abs(another - values[0]) > reachOf(values)) outside++;
    }
    expect(outside / studies).toBeGreaterThan(0.004);
    expect(outside / studies).toBeLessThan(0.0115);
  });
});

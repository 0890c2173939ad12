import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.js";

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe("Random", () => {
  it("gives the same numbers for the same seed, on every machine", () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      return [random.uniform(), random.integer(1000), ...random.permutation(5), ...random.normals(2)];
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    // Pinned: a change here changes every recorded result.
    expect([...new Random(7).permutation(8)]).toEqual([7, 1, 6, 4, 2, 5, 0, 3]);
    expect(new Random(7).uniform()).toBe(0.803044253471576);
  });

  it("has independent streams that do not move with the draws of others", () => {
    const random = new Random(3);
    const first = random.stream("split").permutation(20);
    random.uniform();
    expect(random.stream("split").permutation(20)).toEqual(first);
    expect(random.stream("init").permutation(20)).not.toEqual(first);
    expect(new Random(4).stream("split").permutation(20)).not.toEqual(first);
  });

  it("draws uniforms and integers in range, all of them, about evenly", () => {
    const random = new Random(1);
    const uniforms = random.uniforms(10_000, -2, 4);
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...uniforms)).toBeLessThan(4);
    expect(Math.abs(mean(uniforms) - 1)).toBeLessThan(0.08);
    const counts = new Int32Array(5);
    for (let i = 0; i < 5_000; i++) counts[random.integer(5)]++;
    expect(Math.min(...counts)).toBeGreaterThan(880);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(5_000);
  });

  it("draws normals with the deviation asked for, odd counts included", () => {
    const normals = new Random(2).normals(20_001, 0.01);
    expect(normals).toHaveLength(20_001);
    expect(Math.abs(mean(normals))).toBeLessThan(3e-4);
    expect(Math.sqrt(mean(normals.map(x => x * x))) / 0.01).toBeCloseTo(1, 1);
    expect(mean(normals.map(x => (Math.abs(x) < 0.01 ? 1 : 0)))).toBeCloseTo(0.683, 1);
    expect(normals.every(Number.isFinite)).toBe(true);
  });

  it("permutes: every number once, every place reached", () => {
    const first = new Int32Array(6);
    for (let seed = 0; seed < 600; seed++) {
      const order = new Random(seed).permutation(6);
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
      first[order[0]]++;
    }
    expect(Math.min(...first)).toBeGreaterThan(60);
    expect([...new Random(1).permutation(0)]).toEqual([]);
  });

  it("neighbouring seeds are unrelated", () => {
    const uniforms = Array.from({ length: 2_000 }, (_, seed) => new Random(seed).uniform());
    expect(Math.abs(mean(uniforms) - 0.5)).toBeLessThan(0.03);
    const steps = uniforms.slice(1).map((u, i) => Math.abs(u - uniforms[i]));
    // The mean distance of independent uniforms is 1/3.
    expect(Math.abs(mean(steps) - 1 / 3)).toBeLessThan(0.03);
  });
});

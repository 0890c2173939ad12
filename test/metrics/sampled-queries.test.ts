import { describe, expect, it } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { sampleQueries } from "../../src/metrics/sampled-queries.js";

const codes = packedCodes(
  Uint8Array.from({ length: 200 }, (_, row) => row),
  8,
);
const labels = Int32Array.from({ length: 200 }, (_, row) => 7 * row);

describe("sampleQueries", () => {
  it("draws different queries in ascending order, with their own codes and labels", () => {
    const { rows, queries } = sampleQueries({ codes, labels }, 50, { seed: 1 });
    expect(new Set(rows).size).toBe(50);
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
    expect([...queries.codes.data]).toEqual([...rows]);
    expect([...queries.labels]).toEqual([...rows].map(row => 7 * row));
  });

  it("draws the same for the same seed, others for another, and every query as often", () => {
    const of = (seed: number) => [...sampleQueries({ codes, labels }, 20, { seed }).rows];
    expect(of(5)).toEqual(of(5));
    expect(of(5)).not.toEqual(of(6));
    const times = new Float64Array(200);
    for (let seed = 0; seed < 2000; seed++) for (const row of of(seed)) times[row]++;
    // Each is drawn about 200 times, with a standard deviation of 13.4.
    expect(Math.min(...times)).toBeGreaterThan(200 - 5 * 13.4);
    expect(Math.max(...times)).toBeLessThan(200 + 5 * 13.4);
  });

  it("takes all where there are fewer, and refuses nonsense", () => {
    expect(sampleQueries({ codes, labels }, 500).rows).toHaveLength(200);
    expect(() => sampleQueries({ codes, labels }, 0)).toThrow(/integer of at least 1; found 0/);
    expect(() => sampleQueries({ codes, labels }, 2.5)).toThrow(/found 2.5/);
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { openFashionMnist10k } from "../../src/datasets/fashion-mnist.js";
import type { PlannedCanvas } from "../../src/multilabel-sample/plan.js";
import { CANVAS, DEFAULT_SIZES, GARMENT, samplePlan } from "../../src/multilabel-sample/plan.js";

let garments: Awaited<ReturnType<typeof openFashionMnist10k>>;
let plan: PlannedCanvas[];
beforeAll(async () => {
  garments = await openFashionMnist10k();
  plan = samplePlan(garments, 0, DEFAULT_SIZES);
});

describe("samplePlan", () => {
  it("uses no garment twice, so that no part of a query is in the database", () => {
    for (const seed of [0, 1, 2, 3]) {
      const rows = samplePlan(garments, seed, DEFAULT_SIZES).flatMap(canvas => canvas.garments.map(({ row }) => row));
      expect(new Set(rows).size).toBe(rows.length);
    }
  });

  it("gives roles in the numbers asked for; training canvases are part of the database, queries are not", () => {
    const counts = { query: 0, train: 0, database: 0 };
    for (const { roles } of plan) for (const role of roles) counts[role]++;
    expect(counts).toEqual(DEFAULT_SIZES);
    for (const { roles } of plan) expect(roles.includes("query")).toBe(!roles.includes("database"));
    expect(new Set(plan.map(({ path }) => path)).size).toBe(plan.length);
  });

  it("puts two to four garments of different classes on a canvas, none over another or over the edge", () => {
    const counts = [0, 0, 0, 0, 0];
    for (const { garments: placed } of plan) {
      counts[placed.length]++;
      expect(new Set(placed.map(({ row }) => garments.labels[row])).size).toBe(placed.length);
      for (const [i, { left, top }] of placed.entries()) {
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(Math.max(left, top)).toBeLessThanOrEqual(CANVAS - GARMENT);
        for (const other of placed.slice(i + 1)) {
          expect(Math.max(Math.abs(left - other.left), Math.abs(top - other.top))).toBeGreaterThanOrEqual(GARMENT);
        }
      }
    }
    expect(counts.slice(0, 2)).toEqual([0, 0]);
    // 60, 30 and 10 %, within four standard deviations of a draw of 2,400.
    expect(counts[2] / plan.length).toBeCloseTo(0.6, 1);
    expect(counts[3] / plan.length).toBeCloseTo(0.3, 1);
    expect(counts[4] / plan.length).toBeCloseTo(0.1, 1);
  });

  it("has every class about equally often", () => {
    const images = garments.classNames.map(() => 0);
    for (const canvas of plan) for (const { row } of canvas.garments) images[garments.labels[row]]++;
    const mean = images.reduce((sum, count) => sum + count, 0) / images.length;
    for (const count of images) expect(Math.abs(count - mean) / mean).toBeLessThan(0.15);
  });

  it("follows from the seed alone", () => {
    expect(samplePlan(garments, 0, DEFAULT_SIZES)).toEqual(plan);
    expect(samplePlan(garments, 1, DEFAULT_SIZES)).not.toEqual(plan);
  });

  it("refuses more canvases than there are garments for, and sizes that are none", () => {
    const many = { query: 300, train: 1000, database: 5000 };
    expect(() => samplePlan(garments, 0, many)).toThrow(/too few garments/);
    for (const wrong of [{ query: 0 }, { train: 2.5 }, { train: 30, database: 20 }]) {
      expect(() => samplePlan(garments, 0, { query: 5, train: 10, database: 20, ...wrong })).toThrow(InputError);
    }
  });
});

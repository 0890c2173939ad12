import { describe, expect, it } from "vitest";
import { FeaturesOfProcess, placeRows, roomForFeatures } from "../../src/training/features-of-process.js";
import type { TrainingData } from "../../src/training/training-data.js";
import { rows } from "./toy.js";

const DIM = 3;
const featuresOf = (n: number): TrainingData["features"] => ({
  data: Float32Array.from({ length: n * DIM }, (_, i) => i + 1),
  shape: [n, DIM],
});

/** Rows that are sent, and what the process then holds. */
function send(sent: FeaturesOfProcess, data: TrainingData, held?: TrainingData["features"]) {
  const told: number[][] = [];
  let there = held;
  for (const order of sent.missing(data)) {
    if (order.kind === "features") there = roomForFeatures(order.shape);
    else {
      placeRows(there!, order);
      told.push([...order.rows]);
    }
  }
  return { told, there: there! };
}

describe("features of a process", () => {
  const features = featuresOf(10_000);
  const labels = new Int32Array(10_000);
  const first: TrainingData = {
    ...{ features, labels, train: rows(100, 105) },
    validation: { query: rows(200, 202), database: rows(100, 105) },
  };

  it("are the rows that a training reads, each once, in their places", () => {
    const { told, there } = send(new FeaturesOfProcess(), first);
    expect(told).toEqual([[100, 101, 102, 103, 104, 200, 201]]);
    expect(there.shape).toEqual([10_000, DIM]);
    const expected = new Float32Array(10_000 * DIM);
    for (const row of told[0]) {
      expected.set(features.data.subarray(row * DIM, (row + 1) * DIM), row * DIM);
    }
    expect(there.data).toEqual(expected);
  });

  it("are completed by those that another training on them reads, and begun anew for others", () => {
    const sent = new FeaturesOfProcess();
    const { there } = send(sent, first);
    const next = send(sent, { features, labels, train: rows(103, 107) }, there);
    expect(next.told).toEqual([[105, 106]]);
    expect(next.there).toBe(there);
    expect(send(sent, first, there).told).toEqual([]);
    const other = send(sent, { features: featuresOf(10_000), labels, train: rows(0, 2) }, there);
    expect(other.told).toEqual([[0, 1]]);
    expect(other.there).not.toBe(there);
  });

  it("go in messages of bounded size", () => {
    const { told } = send(new FeaturesOfProcess(), { features, labels, train: rows(0, 10_000) });
    expect(told.map(some => some.length)).toEqual([4096, 4096, 1808]);
  });
});

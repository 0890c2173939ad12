import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import { shuffledTies } from "../../src/metrics/shuffled-ties.js";
import { shuffledTiesFigure } from "../../src/plots/shuffled-ties.js";

const random = new Random(6);
const codes = (n: number) =>
  packCodes({ data: Int8Array.from({ length: n * 8 }, () => (random.uniform() < 0.5 ? -1 : 1)), shape: [n, 8] });
const [queries, database] = [codes(20), codes(300)];
const labels = (n: number) => Int32Array.from({ length: n }, (_, i) => i % 4);
const sides = {
  queries: { codes: queries, labels: labels(20) },
  database: { codes: database, labels: labels(300) },
};

describe("shuffledTies", () => {
  it("moves the published mAP and keeps the tie-aware one to 1e-12", async () => {
    const study = await shuffledTies(sides, { shuffles: 8, cutoff: 10 });
    expect(study.published).toHaveLength(8);
    expect(Math.max(...study.published) - Math.min(...study.published)).toBeGreaterThan(1e-3);
    for (const value of study.tieAware) expect(Math.abs(value - study.tieAware[0])).toBeLessThan(1e-12);
    expect(study.pessimistic).toBeLessThan(study.tieAware[0]);
    expect(study.optimistic).toBeGreaterThan(study.tieAware[0]);
    expect(await shuffledTies(sides, { shuffles: 8, cutoff: 10 })).toEqual(study);
  });

  it("is drawn as points and a line", () => {
    const figure = shuffledTiesFigure({
      cutoff: 10,
      convention: "thuml",
      published: [0.5, 0.6],
      tieAware: [0.55, 0.55],
    });
    expect(figure.data).toMatchObject([
      { name: "as thuml has it", mode: "markers", x: [1, 2], y: [-50, 50] },
      { name: "tie-aware", mode: "lines", x: [1, 2], y: [0, 0] },
    ]);
  });
});

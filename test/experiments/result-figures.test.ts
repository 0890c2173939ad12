import { beforeAll, describe, expect, it } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import type { SearchResult } from "../../src/experiments/result.js";
import { learningCurvesOf, precisionRecallOf, recallByRadiusOf } from "../../src/experiments/result-figures.js";
import type { Experiment } from "../../src/experiments/run-experiment.js";
import { evaluateCodesInDetail } from "../../src/metrics/evaluate.js";

// biome-ignore lint/suspicious/noExplicitAny: plotly's attributes are open-ended
type Any = any;

const random = new Random(5);
const side = (count: number) => ({
  codes: packedCodes(
    Uint8Array.from({ length: 2 * count }, () => random.integer(256)),
    16,
  ),
  labels: Int32Array.from({ length: count }, () => random.integer(2)),
});

/** A result with a real evaluation of random codes. */
async function result(seed: number): Promise<SearchResult> {
  const { evaluation, byRank } = await evaluateCodesInDetail({ queries: side(8), database: side(40) });
  return {
    method: "dch",
    title: "DCH",
    seed,
    bits: 16,
    evaluation,
    byRank,
    bytesPerItem: 2,
    trainSeconds: 1,
    evaluateSeconds: 1,
  };
}

/** As far as figures need one. */
function experiment(record: SearchResult): Experiment {
  const epochs = [1, 2].map(epoch => ({ epoch, loss: 1 / epoch, validationMAP: 0.5 }));
  return { record: { ...record, epochs, steps: [] } } as unknown as Experiment;
}

let results: SearchResult[];
beforeAll(async () => {
  results = [await result(0), await result(1)];
});

describe("precisionRecallOf", () => {
  it("draws the radii, or the ranks when asked to, and no means where there is one seed", () => {
    const [one] = results;
    const byRadius: Any = precisionRecallOf([one]);
    const byRank: Any = precisionRecallOf([one], { by: "rank" });
    const { prByRadius } = one.evaluation as Any;
    const reached = prByRadius.filter((point: Any) => point.recall > 0);
    const close = (drawn: number[], expected: number[]): void => {
      expect(drawn).toHaveLength(expected.length);
      for (const [i, value] of drawn.entries()) expect(value).toBeCloseTo(expected[i], 4);
    };
    close(
      byRadius.data[0].y,
      reached.map((point: Any) => point.precision),
    );
    close(
      byRank.data[0].y,
      one.byRank.filter(point => point.recall > 0).map(point => point.precision),
    );
    close(
      byRank.data[0].x,
      one.byRank.filter(point => point.recall > 0).map(point => point.recall),
    );
    expect(byRank.data[0].x.length).not.toBe(byRadius.data[0].x.length);
  });

  it("draws seeds as one curve with a band, called by method and bits alone", () => {
    const { data }: Any = precisionRecallOf(results, { by: "rank" });
    expect(data.map((trace: Any) => [trace.name, trace.fill])).toEqual([
      [undefined, "toself"],
      ["DCH, 16 bits", undefined],
    ]);
  });
});

it("figures of single trainings tell seeds apart", () => {
  const trained = results.map(experiment);
  const names = (figure: Any) => figure.data.filter((t: Any) => t.showlegend !== false).map((t: Any) => t.name);
  const expected = ["DCH, 16 bits, seed 0", "DCH, 16 bits, seed 1"];
  expect(names(learningCurvesOf(trained))).toEqual(expected);
  expect(names(recallByRadiusOf(trained))).toEqual(expected);
});

import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import { evaluateCodes, evaluateCodesInDetail, evaluateScores } from "../../src/metrics/evaluate.js";
import { KNOWN_METRICS, metricNames, metricOf, metricsOf } from "../../src/metrics/known-metrics.js";
import type { Metric } from "../../src/metrics/metric.js";
import { columnOf, defineMetric } from "../../src/metrics/metric.js";
import { ndcg } from "../../src/metrics/ndcg.js";

const random = new Random(4);
const codes = (n: number) =>
  packCodes({ data: Int8Array.from({ length: n * 8 }, () => (random.uniform() < 0.5 ? -1 : 1)), shape: [n, 8] });
const sides = {
  queries: { codes: codes(9), labels: Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3, 9) },
  database: { codes: codes(50), labels: Int32Array.from({ length: 50 }, (_, i) => i % 4) },
};
const firstRank: Metric = {
  name: "first-rank",
  definition: "1 / rank of the first relevant item, ties by ascending index",
  perQuery: ({ relevantRanks }) => 1 / relevantRanks[0],
};

describe("a metric of one's own", () => {
  it("is measured beside known ones, with its values by query", async () => {
    const metrics = [defineMetric(firstRank), "ndcg@10", ndcg];
    const { evaluation, perQuery, byRank } = await evaluateCodesInDetail(sides, { metrics });
    expect(Object.keys(evaluation.metrics!)).toEqual(["first-rank", "ndcg@10", "ndcg"]);
    const values = perQuery.metrics["first-rank"];
    expect(values).toHaveLength(8); // label 9 is in no item
    expect(evaluation.metrics!["first-rank"]).toBeCloseTo(values.reduce((a, b) => a + b, 0) / 8, 14);
    expect(values.filter(value => value === 1)).toHaveLength(Math.round(8 * byRank[0].precision));
  });

  it("changes nothing else", async () => {
    const { metrics, ...rest } = await evaluateCodes(sides, { metrics: [firstRank, "wap"] });
    expect(await evaluateCodes(sides)).toEqual(rest);
  });

  it("leaves out the queries it says nothing of, and only these", async () => {
    const some: Metric = {
      ...firstRank,
      perQuery: ({ relevantRanks }) => (relevantRanks[0] === 1 ? undefined : relevantRanks[0]),
    };
    const { evaluation, perQuery } = await evaluateCodesInDetail(sides, { metrics: [some] });
    const kept = [...perQuery.metrics["first-rank"]].filter(value => !Number.isNaN(value));
    expect(kept.length).toBeLessThan(8);
    expect(evaluation.metrics!["first-rank"]).toBeCloseTo(kept.reduce((a, b) => a + b, 0) / kept.length, 14);
    const none = { ...firstRank, perQuery: () => undefined };
    await expect(evaluateCodes(sides, { metrics: [none] })).rejects.toThrow(/"first-rank" leaves all queries out/);
  });

  it("is refused when it gives no number, with the query", async () => {
    const wrong = { ...firstRank, perQuery: () => Number.NaN };
    await expect(evaluateCodes(sides, { metrics: [wrong] })).rejects.toThrow(
      /"first-rank" gives no number; expected a finite number, or undefined.*; found NaN for query 0/,
    );
  });

  it.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /it is no object/],
    ["no name", { ...firstRank, name: undefined }, /its name; expected small letters/],
    ["a name with blanks", { ...firstRank, name: "My metric" }, /its name.*found "My metric"/],
    ["a cutoff in the name alone", { ...firstRank, name: "mine@5" }, /the cutoff of "mine@5"/],
    ["a cutoff the name does not tell", { ...firstRank, cutoff: 5 }, /the cutoff of "first-rank".*found 5/],
    ["no definition", { ...firstRank, definition: " " }, /definition of "first-rank"/],
    [
      "no function",
      { ...firstRank, perQuery: 3 },
      /perQuery of "first-rank"; expected a function of a ranking; found 3/,
    ],
    ["a strange column", { ...firstRank, column: 3 }, /column/],
    ["strange cutoffs", { ...firstRank, cutoffs: "yes" }, /cutoffs of "first-rank"; expected "none", "optional"/],
    ["graded: 1", { ...firstRank, graded: 1 }, /expected true or false/],
  ])("is refused with %s", (_, metric, message) => {
    expect(() => defineMetric(metric as Metric)).toThrow(message);
  });
});

describe("known metrics", () => {
  it("hold to the interface, and have a name each", () => {
    for (const metric of KNOWN_METRICS) expect(defineMetric(metric)).toEqual(metric);
    expect(new Set(KNOWN_METRICS.map(({ name }) => name)).size).toBe(KNOWN_METRICS.length);
    expect(metricNames).toContain("ndcg[@K]");
    expect(metricNames).toContain("acg@K");
  });

  it("are found by name, with a cutoff where they have one", () => {
    expect(metricOf("ndcg")).toBe(ndcg);
    expect(metricOf("ndcg@100")).toMatchObject({ name: "ndcg@100", cutoff: 100, perQuery: ndcg.perQuery });
    expect(columnOf(metricOf("ndcg@100"))).toBe("NDCG@100");
    expect(columnOf(firstRank)).toBe("first-rank");
  });

  it.each<[string, RegExp]>([
    ["ncdg@100", /no metric "ncdg@100"; expected "ndcg"\? Known: ndcg/],
    ["", /no metric ""/],
    ["acg", /"acg" needs a cutoff; expected acg@K/],
    ["ndcg@0", /out of range; expected an integer of at least 1; found "0"/],
    ["ndcg@", /out of range/],
    ["ndcg@1e2", /out of range.*found "1e2"/],
    ["ndcg@5@6", /out of range.*found "5@6"/],
    ["ndcg@-3", /out of range/],
  ])("refuse %j", (name, message) => {
    expect(() => metricOf(name)).toThrow(message);
  });

  it("are asked for once each, and their names are not taken", () => {
    expect(() => metricsOf(["ndcg@10", metricOf("ndcg@10")])).toThrow(/"ndcg@10" is asked for twice/);
    expect(metricsOf(["ndcg@10", "ndcg@20", "ndcg"])).toHaveLength(3);
    expect(() => metricsOf([{ ...firstRank, name: "ndcg" }])).toThrow(/"ndcg" is taken/);
    expect(() => metricsOf([{ ...firstRank, name: "ndcg@7", cutoff: 7 }])).toThrow(/"ndcg@7" is taken/);
    expect(() => metricsOf([{ ...firstRank, cutoffs: "required" }])).toThrow(/needs a cutoff/);
  });

  it("that measure radii are refused for scores", async () => {
    const scores = (from: number, to: number) => new Float32Array((to - from) * 50);
    await expect(evaluateScores(sides, scores, { metrics: ["ramap"] })).rejects.toThrow(
      /"ramap" measures Hamming radii; expected a ranking by Hamming distance/,
    );
  });
});

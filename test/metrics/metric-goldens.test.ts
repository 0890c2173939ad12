// What other people's code gives: tools/make-metric-goldens.py.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { evaluateCodesInDetail, evaluateScores } from "../../src/metrics/evaluate.js";
import type { RankingName } from "../../src/ranking/ranking-backend.js";

type Rows = readonly (readonly number[])[];
interface Coded {
  readonly queries: Rows;
  readonly database: Rows;
  readonly queryLabels: Rows;
  readonly databaseLabels: Rows;
}
type ByCutoff<V = number> = Readonly<Record<string, V>>;
interface Goldens {
  readonly tied: Coded & {
    readonly sklearn: ByCutoff<number[]>;
    readonly sklearnLinear: ByCutoff<number[]>;
    readonly nDCG_tie: ByCutoff;
    readonly ramap: number[];
    readonly ramapPlain: number[];
    readonly "ramapPlain@2": number[];
  };
  readonly scored: {
    readonly distances: Rows;
    readonly queryLabels: Rows;
    readonly databaseLabels: Rows;
    readonly nDCG: ByCutoff;
    readonly ACG: ByCutoff;
    readonly WAP: ByCutoff;
  };
  readonly coded: readonly (Coded & { readonly calc_metrics: ByCutoff<{ ndcg: number; acg: number }> })[];
}

const file = new URL("../goldens/metrics.json", import.meta.url);
const goldens = JSON.parse(readFileSync(file, "utf8")) as Goldens;

const hot = (rows: Rows) => multiHotLabels({ data: Int8Array.from(rows.flat()), shape: [rows.length, rows[0].length] });
const sidesOf = ({ queries, database, queryLabels, databaseLabels }: Coded) => {
  const side = (codes: Rows, labels: Rows) => ({
    codes: packCodes({ data: Int8Array.from(codes.flat()), shape: [codes.length, codes[0].length] }),
    labels: hot(labels),
  });
  return { queries: side(queries, queryLabels), database: side(database, databaseLabels) };
};
const named = (name: string, cutoff: string): string => (cutoff === "all" ? name : `${name}@${cutoff}`);

function expectClose(found: Float64Array, expected: readonly number[], digits = 12): void {
  expect(found).toHaveLength(expected.length);
  for (const [query, value] of expected.entries()) expect(found[query]).toBeCloseTo(value, digits);
}

describe.each(["wasm", "reference"] satisfies RankingName[])("metrics of tied codes, ranked by %s", ranking => {
  const { tied } = goldens;

  it("are scikit-learn's, query by query", async () => {
    for (const [cutoff, expected] of Object.entries(tied.sklearn)) {
      const metrics = [named("ndcg", cutoff), named("ndcg-linear", cutoff)];
      const { perQuery } = await evaluateCodesInDetail(sidesOf(tied), { ranking, metrics });
      expectClose(perQuery.metrics[metrics[0]], expected);
      expectClose(perQuery.metrics[metrics[1]], tied.sklearnLinear[cutoff]);
    }
  });

  it("are ml-template's tie-aware NDCG, which is computed in single precision", async () => {
    for (const [cutoff, expected] of Object.entries(tied.nDCG_tie)) {
      const metrics = [named("ndcg", cutoff)];
      const { evaluation } = await evaluateCodesInDetail(sidesOf(tied), { ranking, metrics });
      expect(evaluation.metrics![metrics[0]]).toBeCloseTo(expected, 5);
    }
  });

  it("are the radii's, by loops in Python", async () => {
    const metrics = ["ramap", "ramap-plain", "ramap-plain@2"];
    const { perQuery } = await evaluateCodesInDetail(sidesOf(tied), { ranking, metrics });
    expectClose(perQuery.metrics.ramap, tied.ramap);
    expectClose(perQuery.metrics["ramap-plain"], tied.ramapPlain);
    expectClose(perQuery.metrics["ramap-plain@2"], tied["ramapPlain@2"]);
  });
});

describe("metrics of rankings without ties", () => {
  it("are ml-template's NDCG, ACG and WAP of distances", async () => {
    const { distances, queryLabels, databaseLabels, nDCG, ACG, WAP } = goldens.scored;
    const sides = { queries: { labels: hot(queryLabels) }, database: { labels: hot(databaseLabels) } };
    const scores = (from: number, to: number) => Float32Array.from(distances.slice(from, to).flat(), d => -d);
    for (const cutoff of Object.keys(ACG)) {
      const metrics = ["ndcg", "acg", "wap"].map(name => named(name, cutoff));
      const { metrics: found } = await evaluateScores(sides, scores, { metrics });
      expect(found![metrics[0]]).toBeCloseTo(nDCG[cutoff], 6); // theirs is in single precision
      expect(found![metrics[1]]).toBeCloseTo(ACG[cutoff], 12);
      expect(found![metrics[2]]).toBeCloseTo(WAP[cutoff], 12);
    }
  });

  it("are VDSSH's NDCG and ACG of codes", async () => {
    for (const one of goldens.coded) {
      for (const [cutoff, { ndcg, acg }] of Object.entries(one.calc_metrics)) {
        const metrics = [named("ndcg", cutoff), named("acg", cutoff)];
        const { evaluation } = await evaluateCodesInDetail(sidesOf(one), { metrics });
        expect(evaluation.metrics![metrics[0]]).toBeCloseTo(ndcg, 12);
        expect(evaluation.metrics![metrics[1]]).toBeCloseTo(acg, 12);
      }
    }
  });
});

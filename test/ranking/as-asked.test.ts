import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import type { Labels } from "../../src/core/labels.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { matmulRanking } from "../../src/ranking/matmul-ranking.js";
import type { RankingBackend } from "../../src/ranking/ranking-backend.js";
import { referenceRanking, wasmRanking } from "../../src/ranking/ranking-backend.js";
import type { Sides, SideWith } from "../../src/ranking/side.js";
import { takeSide } from "../../src/ranking/side.js";

interface Case {
  readonly sides: Sides<SideWith<"codes" | "labels">>;
  readonly self: Int32Array;
  /** (items, bits), and (items, classes) of 0 and 1. */
  readonly codes: number[][];
  readonly classes: number[][];
}

/** Some of a set's items searched in the set; few bits, so that codes are equal; items without a label. */
function makeCase(seed: number, multiHot: boolean): Case {
  const random = new Random(seed);
  const [bits, count, width] = [1 + random.integer(9), 2 + random.integer(40), multiHot ? 2 + random.integer(40) : 4];
  const row = (length: number, share: number) => Array.from({ length }, () => (random.uniform() < share ? 1 : 0));
  const codes = Array.from({ length: count }, () => row(bits, 0.5));
  const classes = codes.map(() => row(width, multiHot ? 0.3 : 0));
  if (!multiHot) for (const item of classes) if (random.uniform() < 0.9) item[random.integer(width)] = 1;
  const labels: Labels = multiHot
    ? multiHotLabels({ data: Int8Array.from(classes.flat()), shape: [count, width] })
    : Int32Array.from(classes, item => item.indexOf(1));
  const database = { codes: packCodes({ data: Int8Array.from(codes.flat()), shape: [count, bits] }), labels };
  const self = random.permutation(count).slice(0, 1 + random.integer(count));
  return { sides: { queries: takeSide(database, self), database }, self, codes, classes };
}

interface Plain {
  readonly sizes: number[];
  readonly relevant: number[];
  readonly ranks: number[];
  readonly gains: number[];
}

function naive({ codes, classes, self }: Case, query: number, withoutSelf: boolean): Plain {
  const own = self[query];
  const items = codes
    .map((code, item) => ({
      item,
      distance: code.filter((bit, i) => bit !== codes[own][i]).length,
      shared: classes[item].filter((on, c) => on === 1 && classes[own][c] === 1).length,
    }))
    .filter(({ item }) => !withoutSelf || item !== own)
    .sort((a, b) => a.distance - b.distance || a.item - b.item);
  const at = (distance: number) => items.filter(one => one.distance === distance);
  const distances = Array.from({ length: codes[0].length + 1 }, (_, d) => d);
  return {
    sizes: distances.map(d => at(d).length),
    relevant: distances.map(d => at(d).filter(({ shared }) => shared > 0).length),
    ranks: items.flatMap(({ shared }, place) => (shared > 0 ? [place + 1] : [])),
    gains: items.map(({ shared }) => shared).filter(shared => shared > 0),
  };
}

async function found(backend: RankingBackend, c: Case, withoutSelf: boolean): Promise<Plain[]> {
  const all: Plain[] = [];
  const options = { gains: true, ...(withoutSelf ? { self: c.self } : {}), threads: 2 };
  for await (const { groups, relevantRanks, gains } of backend.rankings(c.sides, options)) {
    const [sizes, relevant] = [Array.from(groups.sizes), Array.from(groups.relevant)];
    all.push({ sizes, relevant, ranks: Array.from(relevantRanks), gains: Array.from(gains!) });
  }
  return all;
}

const backends: [string, () => Promise<RankingBackend>, number][] = [
  ["wasm", async () => wasmRanking, 60],
  ["reference", async () => referenceRanking, 60],
  [
    "matmul",
    async () => {
      await eagerEngine("cpu");
      return matmulRanking<tf.Tensor2D>(tf);
    },
    10,
  ],
];

describe.each(backends)("what is asked of %s", (_, open, numRuns) => {
  it("is what sorting gives: labels shared, with and without the query itself", async () => {
    const backend = await open();
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.boolean(), fc.boolean(), async (seed, multiHot, withoutSelf) => {
        const c = makeCase(seed, multiHot);
        const expected = Array.from(c.self, (_, query) => naive(c, query, withoutSelf));
        expect(await found(backend, c, withoutSelf)).toEqual(expected);
      }),
      { numRuns },
    );
  });

  it("is nothing where nothing is asked", async () => {
    const c = makeCase(3, true);
    for await (const ranking of (await open()).rankings(c.sides)) expect(ranking.gains).toBeUndefined();
  });
});

describe("a query that is left out", () => {
  it("has to have the code of its row", async () => {
    const labels = Int32Array.of(0, 0);
    const side = { codes: packCodes({ data: Int8Array.of(-1, 1, 1, 1), shape: [2, 2] }), labels };
    const rankings = wasmRanking.rankings({ queries: side, database: side }, { self: Int32Array.of(1, 0) });
    await expect(rankings[Symbol.asyncIterator]().next()).rejects.toThrow(/different codes.*query 0 and row 1 differ/);
  });
});

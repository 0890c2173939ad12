import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import type { Unlabelled } from "../../src/core/unlabelled.js";
import { evaluateCodesInDetail } from "../../src/metrics/evaluate.js";
import type { EvaluateOptions } from "../../src/metrics/evaluate-options.js";
import type { HeadlineRule } from "../../src/protocols/headline.js";
import { evaluateByProtocol } from "../../src/protocols/headline.js";

const BITS = 8;
const CLASSES = 5;
const [QUERIES, DATABASE, R] = [30, 120, 20];

/** Random codes of ±1 and label sets, a fifth of them empty. */
function side(count: number, random: Random) {
  const signs = Int8Array.from({ length: count * BITS }, () => (random.uniform() < 0.5 ? -1 : 1));
  const sets = Array.from({ length: count }, () =>
    random.uniform() < 0.2 ? [] : Array.from({ length: CLASSES }, (_, c) => c).filter(() => random.uniform() < 0.3),
  );
  const matrix = Uint8Array.from(sets.flatMap(set => Array.from({ length: CLASSES }, (_, c) => +set.includes(c))));
  return {
    sets,
    signs,
    side: {
      codes: packCodes({ data: signs, shape: [count, BITS] }),
      labels: multiHotLabels({ data: matrix, shape: [count, CLASSES] }),
    },
  };
}

const random = new Random(11);
const [queries, database] = [side(QUERIES, random), side(DATABASE, random)];
const sides = { queries: queries.side, database: database.side };
const evaluate = (options: EvaluateOptions) => evaluateCodesInDetail(sides, options);

/** thuml's Caffe code in loops: divided by the hits in the first R; no hit there counts 0, nothing relevant not at all. */
function naive(rule: Unlabelled, cutoff: number): number {
  const known = ({ sets }: typeof queries) =>
    sets.map((_, row) => row).filter(row => rule === "keep" || sets[row].length > 0);
  const values: number[] = [];
  for (const q of known(queries)) {
    const distance = (row: number): number => {
      let differing = 0;
      for (let bit = 0; bit < BITS; bit++) {
        if (queries.signs[q * BITS + bit] !== database.signs[row * BITS + bit]) differing++;
      }
      return differing;
    };
    const relevant = (row: number): boolean => database.sets[row].some(c => queries.sets[q].includes(c));
    const rows = known(database);
    if (!rows.some(relevant)) continue;
    const ranked = rows.map(row => ({ row, distance: distance(row) })).sort((a, b) => a.distance - b.distance);
    let hits = 0;
    let sum = 0;
    ranked.slice(0, cutoff).forEach(({ row }, place) => {
      if (relevant(row)) sum += ++hits / (place + 1);
    });
    values.push(hits === 0 ? 0 : sum / hits);
  }
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const RULE: HeadlineRule = { name: "some", cutoff: R, convention: "thuml-caffe", unlabelled: "keep" };

describe("evaluateByProtocol", () => {
  it("measures the papers' figure with their rule for items without a label, ours with ours", async () => {
    const ours = await evaluate({ cutoffs: [R] });
    for (const unlabelled of ["keep", "drop"] as const) {
      const { headline, evaluation } = await evaluateByProtocol({ ...RULE, unlabelled }, {}, evaluate);
      expect(headline).toMatchObject({
        protocol: "some",
        cutoff: R,
        papers: { convention: "thuml-caffe", unlabelled },
      });
      expect(headline!.papers.value).toBeCloseTo(naive(unlabelled, R), 12);
      expect(headline!.ours).toEqual(ours.evaluation.mAP[R]);
      expect(evaluation).toEqual(ours.evaluation);
    }
    expect(Math.abs(naive("keep", R) - naive("drop", R))).toBeGreaterThan(1e-3); // the rule matters here
  });

  it("measures the whole ranking where the protocol has no R", async () => {
    const { headline } = await evaluateByProtocol({ ...RULE, cutoff: undefined }, {}, evaluate);
    expect(headline!.cutoff).toBe("all");
    expect(headline!.papers.value).toBeCloseTo(naive("keep", DATABASE), 12);
    expect(headline!.ours).toEqual((await evaluate({})).evaluation.mAP.all);
  });

  it("leaves what was asked for as it is, and adds nothing without a protocol", async () => {
    const options: EvaluateOptions = { cutoffs: [5], conventions: ["csq", "thuml-caffe"], metrics: ["ndcg@10"] };
    const plain = await evaluate(options);
    const measured = await evaluateByProtocol(RULE, options, evaluate);
    expect(measured.evaluation.published!.csq["5"]).toBe(plain.evaluation.published!.csq["5"]);
    expect(measured.evaluation.published!["thuml-caffe"]["5"]).toBe(plain.evaluation.published!["thuml-caffe"]["5"]);
    expect(measured.evaluation.metrics).toEqual(plain.evaluation.metrics);
    const without = await evaluateByProtocol(undefined, options, evaluate);
    expect(without.headline).toBeUndefined();
    expect(without.evaluation).toEqual(plain.evaluation);
  });

  it("measures once where there is nothing unlabelled", async () => {
    let times = 0;
    const labelled = { queries: labelledOnly(queries), database: labelledOnly(database) };
    await evaluateByProtocol(RULE, {}, options => {
      times++;
      return evaluateCodesInDetail(labelled, options);
    });
    expect(times).toBe(1);
  });
});

/** The labelled rows of a side. */
function labelledOnly({ sets, signs }: typeof queries) {
  const rows = sets.map((_, row) => row).filter(row => sets[row].length > 0);
  const data = Int8Array.from(rows.flatMap(row => Array.from(signs.subarray(row * BITS, (row + 1) * BITS))));
  const matrix = Uint8Array.from(
    rows.flatMap(row => Array.from({ length: CLASSES }, (_, c) => +sets[row].includes(c))),
  );
  return {
    codes: packCodes({ data, shape: [rows.length, BITS] }),
    labels: multiHotLabels({ data: matrix, shape: [rows.length, CLASSES] }),
  };
}

import { describe, expect, it } from "vitest";
import { packCodes } from "../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import { tieAwareMAP } from "../../src/metrics/mean-average-precision.js";
import type { Sides, SideWith } from "../../src/ranking/side.js";

const random = new Random(3);
const codesOf = (count: number, bits: number) =>
  packCodes({ data: Int8Array.from({ length: count * bits }, () => 2 * random.integer(2) - 1), shape: [count, bits] });
/** Classes 0..4 in the database and 0..5 among queries: some have nothing relevant. */
const singleOf = (count: number, classes: number, unknown = 0) =>
  Int32Array.from({ length: count }, () => (random.uniform() < unknown ? -1 : random.integer(classes)));
const severalOf = (count: number) =>
  multiHotLabels({ data: Uint8Array.from({ length: count * 6 }, () => +(random.uniform() < 0.15)), shape: [count, 6] });

const sidesOf = (bits: number, unknown = 0): Sides<SideWith<"codes" | "labels">> => ({
  queries: { codes: codesOf(23, bits), labels: singleOf(23, 6, unknown) },
  database: { codes: codesOf(211, bits), labels: singleOf(211, 5, unknown) },
});

describe("tieAwareMAP is that of evaluateCodes to the last bit", () => {
  it.each([1, 12, 48, 64, 100])("at %i bits", async bits => {
    const sides = sidesOf(bits);
    const expected = await evaluateCodes(sides);
    expect(expected.queriesWithoutRelevant).toBeGreaterThan(0);
    expect(await tieAwareMAP(sides)).toBe(expected.mAP.all.tieAware);
    expect(await tieAwareMAP(sides, { threads: 2 })).toBe(expected.mAP.all.tieAware);
  });

  it.each(["drop", "keep"] as const)("with items of unknown class, treated as %s", async unlabelled => {
    const sides = sidesOf(16, 0.2);
    const expected = await evaluateCodes(sides, { unlabelled });
    expect(await tieAwareMAP(sides, { unlabelled })).toBe(expected.mAP.all.tieAware);
  });

  it("with several labels an item", async () => {
    const sides = {
      queries: { codes: codesOf(9, 24), labels: severalOf(9) },
      database: { codes: codesOf(80, 24), labels: severalOf(80) },
    };
    expect(await tieAwareMAP(sides)).toBe((await evaluateCodes(sides)).mAP.all.tieAware);
  });

  it("refuses what it refuses", async () => {
    const sides = sidesOf(16);
    const other = { ...sides, queries: { ...sides.queries, labels: new Int32Array(23).fill(5) } };
    await expect(tieAwareMAP(other)).rejects.toThrow(/23 queries and 211 database items without a label in common/);
    const short = { ...sides, queries: { ...sides.queries, labels: new Int32Array(22) } };
    await expect(tieAwareMAP(short)).rejects.toThrow(/22/);
  });
});

// How often differences are told where there are none: 200 tables of a kind here, 1,000 with HASHBOOK_SLOW_TESTS=1.
import { describe, expect, it } from "vitest";
import { testColumn } from "../../src/comparison/column-test.js";
import { Random } from "../../src/core/random.js";
import type { NullTable } from "./null-tables.js";
import { drawTable } from "./null-tables.js";

const slow = process.env.HASHBOOK_SLOW_TESTS === "1";
const TABLES = slow ? 1000 : 200;
const DRAWS = slow ? 600 : 400;
/** Three standard errors of a share of .05, of so many tables: of a dozen kinds one or two lie beyond two (± .014 of 1,000). */
const ERROR = slow ? 0.021 : 0.045;

/** Shares of the tests and of the tables that tell a difference. */
function errorRates(
  how: NullTable,
  tables = TABLES,
  kinds?: readonly string[],
): { readonly test: number; readonly family: number } {
  const random = new Random(14).stream(JSON.stringify(how));
  let [told, tests, families] = [0, 0, 0];
  for (let table = 0; table < tables; table++) {
    const { pairs } = testColumn(drawTable(random, how), { draws: DRAWS, seed: table, kinds });
    told += pairs.filter(({ pValue }) => pValue < 0.05).length;
    tests += pairs.length;
    if (pairs.some(({ corrected }) => corrected < 0.05)) families++;
  }
  return { test: told / tests, family: families / tables };
}

/** Few queries, so that 1,000 tables are a matter of seconds; ratios of the deviations as studies have them, and beyond. */
const RATIOS: Readonly<Record<string, Pick<NullTable, "seed" | "pairing" | "error">>> = {
  "queries rule": { seed: 0.003, pairing: 0.1, error: 0.05 },
  "seeds and queries alike": { seed: 0.015, pairing: 0.1, error: 0.1 },
  "noise alone": { seed: 0, pairing: 0, error: 0.1 },
  "seeds rule": { seed: 0.05, pairing: 0.05, error: 0.05 },
};

describe("testColumn, where nothing differs", () => {
  for (const [name, ratio] of Object.entries(RATIOS)) {
    for (const seeds of [1, 3, 5]) {
      for (const entries of slow ? [2, 4, 8] : [4]) {
        it(`tells a difference in 5 of 100: ${name}, ${seeds} seeds, ${entries} entries`, () => {
          const of = seeds === 1 ? { ...ratio, seed: 0 } : ratio; // seeds that one cannot see are not in the test
          const { test, family } = errorRates({ entries, seeds, queries: 100, ...of });
          if (slow) console.log(`${name}, ${seeds} seeds, ${entries} entries: ${test.toFixed(4)} ${family.toFixed(4)}`);
          // Where neither seeds nor pairs matter, variances that cannot be below 0 err on the safe side.
          const least = name === "noise alone" ? 0 : 0.05 - ERROR;
          for (const [what, rate] of Object.entries({ test, family })) {
            expect(rate, what).toBeLessThanOrEqual(0.05 + ERROR);
            expect(rate, what).toBeGreaterThanOrEqual(least);
          }
        });
      }
    }
  }

  it("does so where numbers of seeds differ", () => {
    const { test, family } = errorRates({ entries: 3, seeds: [5, 3, 4], queries: 100, ...RATIOS["seeds rule"] });
    expect(Math.abs(test - 0.05), `of tests ${test}`).toBeLessThanOrEqual(ERROR + 0.01);
    expect(Math.abs(family - 0.05), `of families ${family}`).toBeLessThanOrEqual(ERROR + 0.01);
  });

  it("stays near where one entry's seeds vary four times as much, as those of LSH do", () => {
    const { family } = errorRates({ entries: 4, seeds: 5, queries: 100, last: 4, ...RATIOS["seeds rule"] });
    expect(family).toBeLessThanOrEqual(0.05 + ERROR + 0.02);
  });

  it("keeps the rate where a method of another kind varies six times as much", () => {
    const kinds = ["trained", "trained", "trained", "fitted"];
    for (const ratio of ["queries rule", "seeds and queries alike", "seeds rule"]) {
      const how = { entries: 4, seeds: 3, queries: 100, last: 6, ...RATIOS[ratio] };
      const { family } = errorRates(how, TABLES, kinds);
      expect(family, ratio).toBeLessThanOrEqual(0.05 + ERROR + 0.01); // .045 to .070 of 1,000
      expect(family, ratio).toBeGreaterThanOrEqual(0.05 - ERROR);
    }
  });

  it("a test over queries alone would be wrong: it tells seeds apart", () => {
    const random = new Random(3);
    let told = 0;
    for (let table = 0; table < 50; table++) {
      const values = drawTable(random, { entries: 2, seeds: 3, queries: 100, ...RATIOS["seeds rule"] });
      const oneSeed = values.map(([first]) => [first]);
      if (testColumn(oneSeed, { draws: 300 }).pairs[0].pValue < 0.05) told++;
    }
    expect(told / 50).toBeGreaterThan(0.5);
  });
});

describe("testColumn", () => {
  it("tells a difference of five deviations of seeds with three seeds, and which", () => {
    const random = new Random(5);
    let told = 0;
    for (let table = 0; table < 50; table++) {
      const how = { entries: 4, seeds: 3, queries: 100, seed: 0.03, pairing: 0.05, error: 0.05, shift: 0.15 };
      const { pairs } = testColumn(drawTable(random, how), { draws: 400 });
      told += pairs.filter(({ a, corrected, difference }) => a === 0 && corrected < 0.05 && difference > 0).length;
    }
    expect(told / 150).toBeGreaterThan(0.85);
  });

  it("has intervals that hold the true difference 95 of 100 times, and means too", () => {
    const random = new Random(6);
    let [differences, means, tables] = [0, 0, slow ? 1000 : 200];
    for (let table = 0; table < tables; table++) {
      const values = drawTable(random, { entries: 3, seeds: 3, queries: 100, seed: 0.02, pairing: 0.1, error: 0.1 });
      const { pairs, intervals } = testColumn(values, { draws: DRAWS, seed: table });
      if (pairs[0].interval.low <= 0 && pairs[0].interval.high >= 0) differences++;
      if (intervals[0].low <= 0 && intervals[0].high >= 0) means++;
    }
    expect(Math.abs(differences / tables - 0.95)).toBeLessThanOrEqual(ERROR);
    expect(Math.abs(means / tables - 0.95)).toBeLessThanOrEqual(ERROR);
  });

  it.each([{ draws: 99 }, { draws: 100.5 }, { confidence: 0 }, { confidence: 1 }])("refuses %j", options => {
    const values = drawTable(new Random(7), { entries: 2, seeds: 2, queries: 5, ...RATIOS["seeds rule"] });
    expect(() => testColumn(values, options)).toThrow(/expected (at least 100|above 0, below 1)/);
  });

  it("a corrected p is never below its own, and the seed alone decides the draws", () => {
    const values = drawTable(new Random(7), { entries: 4, seeds: 3, queries: 50, ...RATIOS["seeds rule"] });
    const found = testColumn(values, { draws: 500 });
    expect(found).toEqual(testColumn(values, { draws: 500 }));
    expect(found).not.toEqual(testColumn(values, { draws: 500, seed: 1 }));
    for (const { pValue, corrected } of found.pairs) expect(corrected).toBeGreaterThanOrEqual(pValue);
  });

  it("tells two trained methods apart as well beside one whose seeds vary six times as much", () => {
    const random = new Random(9);
    const widths = { alone: 0, byKind: 0, asOne: 0 };
    for (let table = 0; table < 20; table++) {
      const how = { entries: 3, seeds: 3, queries: 100, seed: 0.02, last: 6, pairing: 0.02, error: 0.02 };
      const values = drawTable(random, how);
      const width = (of: Float64Array[][], kinds?: readonly string[]): number => {
        const { low, high } = testColumn(of, { draws: 400, seed: table, kinds }).pairs[0].interval;
        return high - low;
      };
      widths.alone += width(values.slice(0, 2));
      widths.byKind += width(values, ["trained", "trained", "fitted"]);
      widths.asOne += width(values);
    }
    expect(widths.byKind / widths.alone).toBeCloseTo(1, 1);
    expect(widths.asOne / widths.alone).toBeGreaterThan(1.8);
  });

  it("of an entry without chance has no seeds, of one seed those of the others", () => {
    const [drawn, other] = drawTable(new Random(8), { entries: 2, seeds: 3, queries: 50, ...RATIOS["seeds rule"] });
    const fixed = [drawn[0], drawn[0], drawn[0]];
    const width = ({ pairs }: ReturnType<typeof testColumn>): number => pairs[0].interval.high - pairs[0].interval.low;
    const withFixed = testColumn([fixed, other], { draws: 2000 });
    const withOne = testColumn([[drawn[0]], other], { draws: 2000 });
    expect(withFixed.overSeeds && withOne.overSeeds).toBe(true);
    expect(width(withOne)).toBeGreaterThan(width(withFixed));
    expect(testColumn([fixed, [other[0]]], { draws: 2000 }).overSeeds).toBe(false);
  });
});

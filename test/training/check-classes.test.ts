// What labels lack is told by looking at every pair of rows.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { METHODS } from "../../src/methods/known-methods.js";
import { checkClasses } from "../../src/training/check-classes.js";

type Rows = readonly (readonly number[])[];
const labelsOf = (rows: Rows) =>
  multiHotLabels({ data: Uint8Array.from(rows.flat()), shape: [rows.length, rows[0].length] });
const every = (rows: ArrayLike<unknown>): Int32Array => Int32Array.from({ length: rows.length }, (_, row) => row);

/** What the message says is lacking; undefined where nothing is. */
function lacking(rows: Rows, learnsFrom: "pairs" | "classes" | "features"): string | undefined {
  try {
    checkClasses({ labels: labelsOf(rows), train: every(rows) }, { name: "m", learnsFrom });
    return undefined;
  } catch (error) {
    return /nothing to tell apart|no dissimilar|no similar/.exec((error as Error).message)?.[0] ?? String(error);
  }
}

function naive(rows: Rows): string | undefined {
  const pairs = rows.flatMap((a, i) => rows.slice(i + 1).map(b => a.some((has, c) => has === 1 && b[c] === 1)));
  if (new Set(rows.map(row => row.join())).size < 2) return "nothing to tell apart";
  if (!pairs.includes(false)) return "no dissimilar";
  return pairs.includes(true) ? undefined : "no similar";
}

describe("checkClasses", () => {
  it("tells what pairs there are, as looking at all of them does", () => {
    const row = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 3, maxLength: 3 });
    const seen = new Set<string | undefined>();
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 5 }), rows => {
        seen.add(naive(rows));
        expect(lacking(rows, "pairs")).toBe(naive(rows));
        expect(lacking(rows, "features")).toBeUndefined();
        expect(lacking(rows, "classes")).toBe(naive(rows) === "nothing to tell apart" ? naive(rows) : undefined);
      }),
      { numRuns: 500 },
    );
    expect(seen.size).toBe(4);
  });

  it("takes single labels by number, of the train rows only, more than 32 of them", () => {
    const labels = Int32Array.from({ length: 80 }, (_, row) => Math.floor(row / 2));
    const learn = (train: number[]) => () =>
      checkClasses({ labels, train: Int32Array.from(train) }, { name: "hashnet", learnsFrom: "pairs" });
    expect(learn([...every(labels)])).not.toThrow();
    expect(learn([70, 71])).toThrow(/hashnet has nothing to tell apart: all 2 train rows are of the same class/);
    expect(learn([0, 2, 64, 78])).toThrow(
      /no similar ones: no two train rows share a class.*found 4 rows of 4 classes/,
    );
    expect(learn([0, 2, 64, 65])).not.toThrow();
  });

  it("names the class of several labels", () => {
    const rows = [
      [0, 1, 1],
      [0, 1, 1],
    ];
    expect(() => checkClasses({ labels: labelsOf(rows), train: every(rows) }, { name: "csq" })).toThrow(
      /found class 1 and 2/,
    );
  });

  it("asks pairs of the methods whose loss is of pairs or triplets, and classes of the others", () => {
    const trained = METHODS.filter(method => method.kind === "trained");
    const ofPairs = trained.filter(({ learnsFrom }) => learnsFrom === "pairs").map(({ name }) => name);
    expect(ofPairs.sort()).toEqual(["arcface-triplet", "dch", "dhn", "dpsh", "dtsh", "hashnet", "triplet"]);
    expect(trained.length - ofPairs.length).toBe(4);
  });
});

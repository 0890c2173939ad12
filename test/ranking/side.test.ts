import { describe, expect, it } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../src/core/labels.js";
import type { Side } from "../../src/ranking/side.js";
import { neededOf, rowsOf, sidesWith, takeSide } from "../../src/ranking/side.js";

const codes = packedCodes(Uint8Array.of(1, 2, 3), 8);
const vectors = { data: Float32Array.of(0, 1, 10, 11, 20, 21), shape: [3, 2] };
const full: Side = {
  codes,
  relaxedCodes: vectors,
  features: vectors,
  labels: multiHotLabels({ data: Int8Array.of(1, 0, 0, 1, 1, 1), shape: [3, 2] }),
  ids: ["a", "b", "c"],
  classNames: ["x", "y"],
};

describe("a side", () => {
  it("gives all it has of some rows, in their order, and leaves out what it has not", () => {
    const taken = takeSide(full, [2, 0]);
    expect([...taken.codes!.data]).toEqual([3, 1]);
    expect(taken.relaxedCodes).toEqual({ data: Float32Array.of(20, 21, 0, 1), shape: [2, 2] });
    expect(taken.features).toEqual(taken.relaxedCodes);
    expect(taken.labels).toMatchObject({ words: Int32Array.of(0b11, 0b01), count: 2, classes: 2 });
    expect(taken.ids).toEqual(["c", "a"]);
    expect(taken.classNames).toEqual(["x", "y"]);
    expect(Object.keys(takeSide({ codes }, [1]))).toEqual(["codes"]);
    expect([...codes.data]).toEqual([1, 2, 3]);
  });

  it("has as many items as each of its arrays", () => {
    expect(rowsOf(full)).toBe(3);
    expect(rowsOf({ ids: [] })).toBe(0);
    expect(() => rowsOf({ codes, ids: ["a"] }, "database")).toThrow(
      /codes and ids of the database differ in number; expected 3 ids; found 1/,
    );
    expect(() => rowsOf({ classNames: ["x"] }, "queries")).toThrow(/nothing is known of the queries/);
  });

  it("is refused without what is needed, by name", () => {
    expect(neededOf("codes", full, "queries")).toBe(codes);
    expect(() => neededOf("features", { codes }, "database")).toThrow(
      /needs features of the database; expected database: \{ features/,
    );
    expect(() => sidesWith({ queries: full, database: { codes } }, "codes", "labels")).toThrow(
      /labels of the database/,
    );
    // As a cell may call it.
    expect(() => sidesWith({ queries: full } as never, "codes")).toThrow(/hash codes of the database/);
  });
});

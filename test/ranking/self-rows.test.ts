import { describe, expect, it } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { selfRows } from "../../src/ranking/self-rows.js";

const codes = (count: number) => packedCodes(new Uint8Array(count), 8);

describe("selfRows", () => {
  it("finds queries by their ids, in a database that may hold more", () => {
    const rows = selfRows({ queries: { ids: ["c", "a"] }, database: { ids: ["a", "b", "c"] } });
    expect([...rows]).toEqual([2, 0]);
  });

  it("takes rows where there are no ids", () => {
    expect([...selfRows({ queries: { codes: codes(3) }, database: { codes: codes(3) } })]).toEqual([0, 1, 2]);
  });

  it("refuses what is not one set", () => {
    const refused = (queries: object, database: object, message: RegExp) =>
      expect(() => selfRows({ queries, database })).toThrow(message);
    refused({ codes: codes(2) }, { codes: codes(3) }, /found 2 queries and 3 database items$/);
    refused({ codes: codes(2), ids: ["a", "b"] }, { codes: codes(3) }, /ids on one side only/);
    refused({ ids: ["a", "x"] }, { ids: ["a", "b"] }, /not in the database.*found "x", query 1/);
    refused({ ids: ["a"] }, { ids: ["a", "b", "a"] }, /comes twice in the database; found "a" in rows 0 and 2/);
  });
});

import { describe, expect, it } from "vitest";
import { packedCodes } from "../../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../../src/core/labels.js";
import { decodeNames, decodeNeighbours, encodeRows } from "../../../src/galleries/clickhouse/row-binary.js";

const codes = packedCodes(Uint8Array.of(1, 0xf0, 2, 0xe0), 12);

describe("RowBinary", () => {
  it("has numbers little-endian, lengths in sevens of bits", () => {
    const long = "x".repeat(300);
    expect([
      ...encodeRows({ rows: Int32Array.of(258, 260), codes, ids: ["ü", long], labels: Int32Array.of(-1, 7) }),
    ]).toEqual([
      ...[2, 1, 0, 0, 1, 0xf0, 2, 0xc3, 0xbc, 0],
      ...[4, 1, 0, 0, 2, 0xe0, 0xac, 2, ...Buffer.from(long), 1, 7, 0, 0, 0],
    ]);
    const labels = multiHotLabels({ data: Uint8Array.of(0, 1, 1, 0, 0, 0), shape: [2, 3] });
    expect([...encodeRows({ rows: Int32Array.of(0, 1), codes, labels })]).toEqual([
      ...[0, 0, 0, 0, 1, 0xf0, 2, 1, 0, 0, 0, 2, 0, 0, 0],
      ...[1, 0, 0, 0, 2, 0xe0, 0],
    ]);
  });

  it("is read as rows with distances or names", () => {
    expect(decodeNeighbours(Buffer.from([2, 1, 0, 0, 4, 1, 3, 0, 0, 0, 5, 0]))).toEqual({
      indices: Int32Array.of(258, 3),
      distances: Uint16Array.of(260, 5),
    });
    const long = "y".repeat(300);
    const bytes = Buffer.from([9, 0, 0, 0, 2, 0xc3, 0xbc, 8, 0, 0, 0, 0xac, 2, ...Buffer.from(long)]);
    expect([...decodeNames(bytes)]).toEqual([
      [9, "ü"],
      [8, long],
    ]);
  });
});

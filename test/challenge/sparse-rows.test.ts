import { describe, expect, it } from "vitest";
import type { SparseRows } from "../../src/challenge/sparse-rows.js";
import { rowSums, SparseRowsBuilder, transposedFrom } from "../../src/challenge/sparse-rows.js";
import { Random } from "../../src/core/random.js";

const COUNT = 90;

/** (COUNT, COUNT), mostly zeros, with empty rows; more numbers than the builder holds at first. */
function denseRows(): number[][] {
  const random = new Random(5);
  const share = (row: number): number => (row % 7 === 3 ? 0 : 40);
  return Array.from({ length: COUNT }, (_, row) =>
    Array.from({ length: COUNT }, () => (random.integer(100) < share(row) ? 1 + random.integer(9) : 0)),
  );
}

function built(dense: number[][]): SparseRows {
  const builder = new SparseRowsBuilder(COUNT);
  for (const row of dense) {
    const items = Int32Array.from(row.keys()).filter(item => row[item] !== 0);
    builder.addRow(items, item => row[item]);
  }
  return builder.rows();
}

function denseOf({ starts, items, values }: SparseRows, columns: number): number[][] {
  return Array.from({ length: starts.length - 1 }, (_, row) => {
    const full = new Array<number>(columns).fill(0);
    for (let at = starts[row]; at < starts[row + 1]; at++) full[items[at]] = values[at];
    return full;
  });
}

describe("sparse rows", () => {
  const dense = denseRows();

  it("hold what was added, and sum it", () => {
    const rows = built(dense);
    expect(rows.items.length).toBeGreaterThan(1024);
    expect(denseOf(rows, COUNT)).toEqual(dense);
    expect(Array.from(rowSums(rows))).toEqual(dense.map(row => row.reduce((sum, value) => sum + value, 0)));
  });

  it("turn into columns, from a row on", () => {
    const from = 12;
    const columns = transposedFrom(built(dense), from);
    const expected = Array.from({ length: COUNT }, (_, column) => dense.slice(from).map(row => row[column]));
    expect(denseOf(columns, COUNT - from)).toEqual(expected);
    const ascending = (row: number): boolean =>
      columns.items
        .subarray(columns.starts[row], columns.starts[row + 1])
        .every((item, i, all) => i === 0 || all[i - 1] < item);
    expect(Array.from({ length: COUNT }, (_, row) => ascending(row))).not.toContain(false);
  });
});

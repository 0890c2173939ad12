/**
 * Sparse vectors under each other, in flat arrays: row r holds values[at] at place items[at], ascending, for at in
 * starts[r] … starts[r + 1] − 1.
 */
export interface SparseRows {
  /** (rows + 1,) */
  readonly starts: Int32Array;
  readonly items: Int32Array;
  readonly values: Float32Array;
}

/** Makes sparse rows one after the other; memory doubles as they grow. */
export class SparseRowsBuilder {
  private readonly starts: Int32Array;
  private items: Int32Array = new Int32Array(1024);
  private values: Float32Array = new Float32Array(1024);
  private row = 0;
  private used = 0;

  constructor(rows: number) {
    this.starts = new Int32Array(rows + 1);
  }

  /** @param items ascending @param value that of an item */
  addRow(items: Int32Array, value: (item: number) => number): void {
    const end = this.used + items.length;
    if (end > this.items.length) this.grow(2 * end);
    this.items.set(items, this.used);
    for (let i = 0; i < items.length; i++) this.values[this.used + i] = value(items[i]);
    this.used = end;
    this.starts[++this.row] = end;
  }

  /** The rows added; a view of what was built. */
  rows(): SparseRows {
    const { starts, items, values, used } = this;
    return { starts, items: items.subarray(0, used), values: values.subarray(0, used) };
  }

  private grow(length: number): void {
    const [items, values] = [new Int32Array(length), new Float32Array(length)];
    items.set(this.items);
    values.set(this.values);
    [this.items, this.values] = [items, values];
  }
}

/** Rows first, first + 1, … by column: row c of the result holds, ascending, which of them (less first) have c. */
export function transposedFrom({ starts, items, values }: SparseRows, first: number): SparseRows {
  const rows = starts.length - 1;
  const counts = new Int32Array(rows + 1);
  for (let at = starts[first]; at < items.length; at++) counts[items[at] + 1]++;
  for (let column = 0; column < rows; column++) counts[column + 1] += counts[column];
  const next = counts.slice();
  const size = items.length - starts[first];
  const result = { starts: counts, items: new Int32Array(size), values: new Float32Array(size) };
  for (let row = first; row < rows; row++) {
    for (let at = starts[row]; at < starts[row + 1]; at++) {
      const place = next[items[at]]++;
      result.items[place] = row - first;
      result.values[place] = values[at];
    }
  }
  return result;
}

/** (rows,) sums of the rows' values. */
export function rowSums({ starts, values }: SparseRows): Float64Array {
  return Float64Array.from({ length: starts.length - 1 }, (_, row) => {
    let sum = 0;
    for (let at = starts[row]; at < starts[row + 1]; at++) sum += values[at];
    return sum;
  });
}

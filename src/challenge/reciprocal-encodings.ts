import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { NeighbourGraph } from "./neighbour-graph.js";
import type { SparseRows } from "./sparse-rows.js";
import { SparseRowsBuilder } from "./sparse-rows.js";

/** Items between two looks at whether the work is to end: some hundredths of a second. */
const TURN = 4096;

/**
 * V of equation 7 for all items of a graph, then its mean over the k2 nearest (equation 11): see `ReciprocalRanking`. Rows
 * hold tens to hundreds of items, whatever their number.
 */
export async function reciprocalEncodings(
  graph: NeighbourGraph,
  { k1, k2 }: { readonly k1: number; readonly k2: number },
  { signal }: Abortable = {},
): Promise<SparseRows> {
  const own = await encodings(graph, k1, signal);
  return k2 === 1 ? own : averageNearest(own, graph, k2, signal);
}

/** d(i, j) of k-reciprocal re-ranking, in 0..1: the squared distance over the largest from i. */
export function scaledDistance(graph: NeighbourGraph, i: number, j: number): number {
  return graph.squaredDistance(i, j) / graph.farthest[i];
}

/** Lets what waits have its turn, every so manieth item, and ends where the work is to end. */
async function turn(item: number, signal: AbortSignal | undefined): Promise<void> {
  if (item % TURN !== TURN - 1) return;
  await new Promise(resolve => setImmediate(resolve));
  checkAborted(signal);
}

/** R(item, k) of all items: those of the k nearest that have the item among theirs, itself first, by ascending distance. */
class ReciprocalSets {
  private readonly width: number;
  private readonly sets: Int32Array; // (count, width)
  private readonly sizes: Int32Array; // (count,)

  constructor({ neighbours, width, vectors }: NeighbourGraph, k: number) {
    const count = vectors.shape[0];
    this.width = Math.min(k + 1, width);
    this.sets = new Int32Array(count * this.width);
    this.sizes = new Int32Array(count);
    for (let item = 0; item < count; item++) {
      for (let at = item * width; at < item * width + this.width; at++) {
        const other = neighbours[at];
        const isMutual = neighbours.subarray(other * width, other * width + this.width).includes(item);
        if (isMutual) this.sets[item * this.width + this.sizes[item]++] = other;
      }
    }
  }

  of(item: number): Int32Array {
    return this.sets.subarray(item * this.width, item * this.width + this.sizes[item]);
  }
}

/** V of every item before averaging: exp(−d) of R*(item, k1). */
async function encodings(graph: NeighbourGraph, k1: number, signal: AbortSignal | undefined): Promise<SparseRows> {
  const count = graph.vectors.shape[0];
  const near = new ReciprocalSets(graph, k1);
  const half = new ReciprocalSets(graph, Math.max(1, Math.round(k1 / 2)));
  const nearOf = new Int32Array(count).fill(-1); // the last item that has this one in R(item, k1)
  const robustOf = new Int32Array(count).fill(-1); // …, in R*(item, k1)
  const rows = new SparseRowsBuilder(count);
  for (let item = 0; item < count; item++) {
    const robust: number[] = [];
    const take = (other: number): void => {
      if (robustOf[other] === item) return;
      robustOf[other] = item;
      robust.push(other);
    };
    const own = near.of(item);
    for (const other of own) {
      nearOf[other] = item;
      take(other);
    }
    for (const other of own) {
      const theirs = half.of(other);
      let common = 0;
      for (const one of theirs) if (nearOf[one] === item) common++;
      if (3 * common >= 2 * theirs.length) theirs.forEach(take);
    }
    rows.addRow(Int32Array.from(robust).sort(), other => Math.exp(-scaledDistance(graph, item, other)));
    await turn(item, signal);
  }
  return rows.rows();
}

/** Local query expansion: the mean of the encodings of the k2 nearest, itself included. */
async function averageNearest(
  { starts, items, values }: SparseRows,
  { neighbours, width }: NeighbourGraph,
  k2: number,
  signal: AbortSignal | undefined,
): Promise<SparseRows> {
  const count = starts.length - 1;
  const near = Math.min(k2, width);
  const sums = new Float64Array(count);
  const rows = new SparseRowsBuilder(count);
  for (let item = 0; item < count; item++) {
    const touched: number[] = [];
    for (const other of neighbours.subarray(item * width, item * width + near)) {
      for (let at = starts[other]; at < starts[other + 1]; at++) {
        if (sums[items[at]] === 0) touched.push(items[at]); // values are exp(−d) ≥ 1/e: never 0
        sums[items[at]] += values[at] / near;
      }
    }
    rows.addRow(Int32Array.from(touched).sort(), column => sums[column]);
    for (const column of touched) sums[column] = 0;
    await turn(item, signal);
  }
  return rows.rows();
}

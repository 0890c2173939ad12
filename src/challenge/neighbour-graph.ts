import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { vectorScorer } from "../features/vector-scores.js";
import { bestByScore } from "../ranking/best-by-score.js";

/** Each of some vectors with the nearest among all of them. */
export interface NeighbourGraph {
  readonly vectors: NdArray<Float32Array>;
  /** Neighbours a vector has here, itself included and first. */
  readonly width: number;
  /** (count, width), nearest first, ties by ascending index. */
  readonly neighbours: Int32Array;
  /** (count,) largest squared distance of any vector to this one; 1 where all are equal. */
  readonly farthest: Float32Array;
}

/** Squared Euclidean distances of rows from..to−1 to all vectors: (to − from, count). */
type DistanceRows = (from: number, to: number) => Float32Array | Promise<Float32Array>;

/**
 * The exact graph by Euclidean distance, some rows of distances at a time: memory is linear in the vectors.
 * @param vectors (count, dim)
 * @param width neighbours wanted, itself included; cut to the count
 */
export async function neighbourGraph(
  vectors: NdArray<Float32Array>,
  width: number,
  { engine, onRows }: { readonly engine: Engine; readonly onRows?: (done: number) => void },
): Promise<NeighbourGraph> {
  const [count, dim] = vectors.shape;
  const scorer = await vectorScorer(vectors, { measure: "euclidean", engine });
  const squares = squaredLengths(vectors);
  try {
    return await graphOf(vectors, width, scorer.block, async (from, to) => {
      const rows = { data: vectors.data.subarray(from * dim, to * dim), shape: [to - from, dim] };
      const scores = await scorer.scores(rows);
      for (let at = 0; at < scores.length; at++) {
        scores[at] = Math.max(0, squares[from + Math.floor(at / count)] - 2 * scores[at]);
      }
      onRows?.(to);
      return scores;
    });
  } finally {
    await scorer.dispose();
  }
}

/** The same for a few vectors, such as a short list, in this thread: distances are computed once, (count, count). */
export function smallNeighbourGraph(vectors: NdArray<Float32Array>, width: number): Promise<NeighbourGraph> {
  return graphOf(vectors, width, 64, (from, to) => {
    const count = vectors.shape[0];
    const rows = new Float32Array((to - from) * count);
    for (let i = from; i < to; i++) {
      for (let j = 0; j < count; j++) rows[(i - from) * count + j] = squaredDistance(vectors, i, j);
    }
    return rows;
  });
}

/** ‖v_i − v_j‖² */
export function squaredDistance({ data, shape }: NdArray<Float32Array>, i: number, j: number): number {
  const dim = shape[1];
  let sum = 0;
  for (let a = i * dim, b = j * dim, end = a + dim; a < end; a++, b++) sum += (data[a] - data[b]) ** 2;
  return sum;
}

function squaredLengths({ data, shape: [count, dim] }: NdArray<Float32Array>): Float64Array {
  const squares = new Float64Array(count);
  for (let at = 0; at < data.length; at++) squares[Math.floor(at / dim)] += data[at] * data[at];
  return squares;
}

async function graphOf(
  vectors: NdArray<Float32Array>,
  wanted: number,
  block: number,
  distances: DistanceRows,
): Promise<NeighbourGraph> {
  const count = vectors.shape[0];
  const width = Math.min(wanted, count);
  const neighbours = new Int32Array(count * width);
  const farthest = new Float32Array(count);
  for (let from = 0; from < count; from += block) {
    const to = Math.min(from + block, count);
    const rows = await distances(from, to);
    for (let item = from; item < to; item++) {
      const row = rows.subarray((item - from) * count, (item - from + 1) * count);
      let largest = 0;
      for (let other = 0; other < count; other++) {
        if (row[other] > largest) largest = row[other];
        row[other] = -row[other];
      }
      row[item] = 1; // above all others: an item is its own nearest, also among its equals
      neighbours.set(bestByScore(row, width), item * width);
      farthest[item] = largest > 0 ? largest : 1;
    }
  }
  return { vectors, width, neighbours, farthest };
}

import { InputError } from "../core/errors.js";
import type { NeighbourGraph } from "./neighbour-graph.js";
import { squaredDistance } from "./neighbour-graph.js";
import type { RankedList } from "./ranked-lists.js";

/** Settings of k-reciprocal re-ranking; defaults are the paper's. */
export interface ReciprocalOptions {
  /** Neighbours among which reciprocal ones are looked for. Default 20; at least 1. */
  readonly k1?: number;
  /** Neighbours (the item included) whose encodings are averaged. Default 6; 1 leaves the encodings as they are. */
  readonly k2?: number;
  /** Weight of the original distance, 0..1; the Jaccard distance weighs the rest. Default 0.3. */
  readonly lambda?: number;
}

/** A sparse vector over all items: its places, ascending, and its values. */
interface SparseRow {
  readonly items: Int32Array;
  readonly values: Float32Array;
}

/**
 * Re-ranking with k-reciprocal encoding (Zhong, Zheng, Cao, Li, "Re-ranking person re-identification with k-reciprocal
 * encoding", CVPR 2017), of all queries and the gallery together:
 * - R(p, k): the k nearest items of p that have p among their own k nearest (eq. 2); an item is its own nearest;
 * - R*(p, k1): R(p, k1), with R(q, k1/2) of each q in it of which at least two thirds are in R(p, k1) (eq. 3);
 * - V_p: exp(−d(p, g)) for g in R*(p, k1), else 0 (eq. 7); then its mean over the k2 nearest (eq. 11);
 * - Jaccard distance d_J = 1 − Σ min(V_p, V_g) / Σ max(V_p, V_g) (eq. 10); final: (1 − λ) d_J + λ d (eq. 12).
 *
 * d is the squared Euclidean distance divided by the largest from that item, as in the authors' code, so that λ means the
 * same for codes of any length. Their code differs from the paper, and from this, in taking more than two thirds and in
 * scaling V_p to sum 1. Encodings are sparse and gallery images that share no item with the query (d_J = 1) are never
 * visited, so that no (queries + gallery)² matrix is needed; the result is that of the dense computation.
 */
export class ReciprocalRanking {
  private readonly rows: SparseRow[];
  private readonly sums: Float64Array;
  private readonly holders: Holders;
  private readonly lambda: number;

  /**
   * @param graph of the queries followed by the gallery, with {@link reciprocalWidth} neighbours
   * @param queries how many of the graph's items are queries
   * @throws {InputError} when an option is out of bounds
   */
  constructor(
    private readonly graph: NeighbourGraph,
    private readonly queries: number,
    options: ReciprocalOptions = {},
  ) {
    const { k1, k2, lambda } = checkedReciprocal(options);
    this.lambda = lambda;
    this.rows = averageNearest(encodings(graph, k1), graph, k2);
    this.sums = Float64Array.from(this.rows, ({ values }) => values.reduce((sum, value) => sum + value, 0));
    this.holders = holdersOf(this.rows, queries);
  }

  /**
   * @param first the gallery by original distance: k places or more
   * @returns the k best by the final distance, at equal ones by the original; scores are the negative final distances
   */
  rank(query: number, k: number, first: RankedList): RankedList {
    const shared = this.sharedWith(query);
    const images = Int32Array.from(new Set([...shared.keys(), ...first.indices.subarray(0, k)])).sort();
    const original = Float32Array.from(images, image => scaledDistance(this.graph, query, this.queries + image));
    const final = Float32Array.from(images, (image, i) => {
      const common = shared.get(image) ?? 0;
      const union = this.sums[query] + this.sums[this.queries + image] - common;
      const jaccard = union > 0 ? 1 - common / union : 1;
      return (1 - this.lambda) * jaccard + this.lambda * original[i];
    });
    const order = Int32Array.from(images.keys()).sort(
      (a, b) => final[a] - final[b] || original[a] - original[b] || a - b,
    );
    const best = order.subarray(0, k);
    return { indices: best.map(place => images[place]), scores: Float32Array.from(best, place => -final[place]) };
  }

  /** Σ min(V_query, V_image) of the gallery images that share an item with the query. */
  private sharedWith(query: number): Map<number, number> {
    const shared = new Map<number, number>();
    const { items, values } = this.rows[query];
    const { starts, images, values: theirs } = this.holders;
    items.forEach((item, i) => {
      for (let at = starts[item]; at < starts[item + 1]; at++) {
        shared.set(images[at], (shared.get(images[at]) ?? 0) + Math.min(values[i], theirs[at]));
      }
    });
    return shared;
  }
}

/** For each item, which gallery images have it in their encodings, and with which value: at starts[item] and on. */
interface Holders {
  readonly starts: Int32Array;
  readonly images: Int32Array;
  readonly values: Float32Array;
}

/** The encodings of the gallery by column. @param queries rows before the gallery's */
function holdersOf(rows: readonly SparseRow[], queries: number): Holders {
  const starts = new Int32Array(rows.length + 1);
  for (const { items } of rows.slice(queries)) for (const item of items) starts[item + 1]++;
  for (let item = 0; item < rows.length; item++) starts[item + 1] += starts[item];
  const next = starts.slice();
  const images = new Int32Array(starts[rows.length]);
  const values = new Float32Array(starts[rows.length]);
  for (const [image, row] of rows.slice(queries).entries()) {
    row.items.forEach((item, i) => {
      images[next[item]] = image;
      values[next[item]++] = row.values[i];
    });
  }
  return { starts, images, values };
}

/** Neighbours that the graph of a ranking must have. */
export function reciprocalWidth(options: ReciprocalOptions): number {
  const { k1, k2 } = checkedReciprocal(options);
  return Math.max(k1 + 1, k2);
}

function checkedReciprocal({ k1 = 20, k2 = 6, lambda = 0.3 }: ReciprocalOptions): Required<ReciprocalOptions> {
  const whole = (k: number): boolean => Number.isInteger(k) && k >= 1;
  if (whole(k1) && whole(k2) && lambda >= 0 && lambda <= 1) return { k1, k2, lambda };
  throw new InputError("no such k-reciprocal re-ranking", {
    expected: "whole k1 and k2 of at least 1, lambda in 0..1",
    actual: JSON.stringify({ k1, k2, lambda }),
  });
}

/** d(i, j) of the class comment, in 0..1. */
function scaledDistance({ vectors, farthest }: NeighbourGraph, i: number, j: number): number {
  return squaredDistance(vectors, i, j) / farthest[i];
}

/** R(item, k): item and those of its k nearest that have it among theirs, by ascending distance. */
function reciprocal({ neighbours, width }: NeighbourGraph, item: number, k: number): Int32Array {
  const near = (i: number): Int32Array => neighbours.subarray(i * width, i * width + Math.min(k + 1, width));
  return near(item).filter(other => near(other).includes(item));
}

/** V of every item before averaging. */
function encodings(graph: NeighbourGraph, k1: number): SparseRow[] {
  const count = graph.vectors.shape[0];
  const half = Array.from({ length: count }, (_, item) => reciprocal(graph, item, Math.max(1, Math.round(k1 / 2))));
  return Array.from({ length: count }, (_, item) => {
    const own = reciprocal(graph, item, k1);
    const inOwn = new Set(own);
    const all = new Set(own);
    for (const other of own) {
      const theirs = half[other];
      const common = theirs.reduce((sum, one) => sum + (inOwn.has(one) ? 1 : 0), 0);
      if (3 * common >= 2 * theirs.length) for (const one of theirs) all.add(one);
    }
    const items = Int32Array.from(all).sort();
    return { items, values: Float32Array.from(items, other => Math.exp(-scaledDistance(graph, item, other))) };
  });
}

/** Local query expansion: the mean of the encodings of the k2 nearest, itself included. */
function averageNearest(rows: readonly SparseRow[], { neighbours, width }: NeighbourGraph, k2: number): SparseRow[] {
  if (k2 === 1) return [...rows];
  const near = Math.min(k2, width);
  return rows.map((_, item) => {
    const sums = new Map<number, number>();
    for (const other of neighbours.subarray(item * width, item * width + near)) {
      const { items, values } = rows[other];
      items.forEach((column, i) => {
        sums.set(column, (sums.get(column) ?? 0) + values[i] / near);
      });
    }
    const items = Int32Array.from(sums.keys()).sort();
    return { items, values: Float32Array.from(items, column => sums.get(column)!) };
  });
}

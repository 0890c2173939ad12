import type { Abortable } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import type { NeighbourGraph } from "./neighbour-graph.js";
import type { RankedList } from "./ranked-lists.js";
import { reciprocalEncodings, scaledDistance } from "./reciprocal-encodings.js";
import type { SparseRows } from "./sparse-rows.js";
import { rowSums, transposedFrom } from "./sparse-rows.js";

/** Settings of k-reciprocal re-ranking; defaults are the paper's. */
export interface ReciprocalOptions {
  /** Neighbours among which reciprocal ones are looked for. Default 20; at least 1. */
  readonly k1?: number;
  /** Neighbours (the item included) whose encodings are averaged. Default 6; 1 leaves the encodings as they are. */
  readonly k2?: number;
  /** Weight of the original distance, 0..1; the Jaccard distance weighs the rest. Default 0.3. */
  readonly lambda?: number;
}

/** A gallery image as it is ranked: by ascending final distance, then original distance, then row. */
interface Judged {
  readonly image: number;
  readonly final: number;
  readonly original: number;
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
  private readonly sums: Float64Array;
  /** For each item, which gallery images have it in their encodings. */
  private readonly holders: SparseRows;
  /** (gallery,) Σ min(V_query, V_image) of the query at hand; zeros between two. */
  private readonly common: Float64Array;

  private constructor(
    private readonly graph: NeighbourGraph,
    private readonly queries: number,
    private readonly rows: SparseRows,
    private readonly lambda: number,
  ) {
    this.sums = rowSums(rows);
    this.holders = transposedFrom(rows, queries);
    this.common = new Float64Array(graph.vectors.shape[0] - queries);
  }

  /**
   * @param graph of the queries followed by the gallery, with {@link reciprocalWidth} neighbours
   * @param queries how many of the graph's items are queries
   * @throws {InputError} when an option is out of bounds
   */
  static async open(
    graph: NeighbourGraph,
    queries: number,
    { signal, ...options }: ReciprocalOptions & Abortable = {},
  ): Promise<ReciprocalRanking> {
    const { lambda, ...ks } = checkedReciprocal(options);
    return new ReciprocalRanking(graph, queries, await reciprocalEncodings(graph, ks, { signal }), lambda);
  }

  /**
   * @param first the gallery by original distance: k places or more
   * @returns the k best by the final distance, at equal ones by the original; scores are the negative final distances
   */
  rank(query: number, k: number, first: RankedList): RankedList {
    const { lambda, graph, queries } = this;
    const best: Judged[] = [];
    for (const { image, jaccard } of this.byJaccard(query, first.indices.subarray(0, k))) {
      const least = (1 - lambda) * jaccard; // original distances, which are slow to compute, only add to it
      if (best.length === k && least > best[k - 1].final + 1e-6) break;
      const original = Math.fround(scaledDistance(graph, query, queries + image));
      insert(best, { image, final: Math.fround(least + lambda * original), original }, k);
    }
    return {
      indices: Int32Array.from(best, ({ image }) => image),
      scores: Float32Array.from(best, ({ final }) => -final),
    };
  }

  /** The images that share an item with the query, and some others, by ascending Jaccard distance. */
  private byJaccard(query: number, others: Int32Array): { image: number; jaccard: number }[] {
    const { rows, holders, common, sums } = this;
    const images: number[] = [];
    for (let i = rows.starts[query]; i < rows.starts[query + 1]; i++) {
      const [item, value] = [rows.items[i], rows.values[i]];
      for (let at = holders.starts[item]; at < holders.starts[item + 1]; at++) {
        const image = holders.items[at];
        if (common[image] === 0) images.push(image); // values of encodings are above 0
        common[image] += Math.min(value, holders.values[at]);
      }
    }
    for (const image of others) if (common[image] === 0) images.push(image);
    const found = images.map(image => {
      const union = sums[query] + sums[this.queries + image] - common[image];
      return { image, jaccard: union > 0 ? 1 - common[image] / union : 1 };
    });
    for (const image of images) common[image] = 0;
    return found.sort((a, b) => a.jaccard - b.jaccard || a.image - b.image);
  }
}

/** Puts an image in its place among the k best. */
function insert(best: Judged[], one: Judged, k: number): void {
  let place = best.length;
  while (place > 0 && isNearer(one, best[place - 1])) place--;
  if (place >= k) return;
  best.splice(place, 0, one);
  if (best.length > k) best.pop();
}

function isNearer(a: Judged, b: Judged): boolean {
  return (a.final - b.final || a.original - b.original || a.image - b.image) < 0;
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

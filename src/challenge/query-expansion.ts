import type { NdArray } from "../core/arrays.js";
import type { GallerySpace } from "./gallery-space.js";
import { scaledTo } from "./gallery-space.js";
import type { RankedList } from "./ranked-lists.js";

/** How queries are averaged with what they found. */
export interface QueryExpansion {
  /** Gallery images averaged with the query, at least 1. */
  readonly neighbours: number;
  /**
   * The α of α-weighted query expansion (Radenović, Tolias, Chum, "Fine-tuning CNN image retrieval", TPAMI 2018,
   * section 4.4): an image weighs cos(q, g)^α, none when the cosine is negative. 0, the default, is plain averaging.
   */
  readonly alpha?: number;
}

/**
 * Average query expansion (Chum, Philbin, Sivic, Isard, Zisserman, "Total recall", ICCV 2007, section 4): the mean of the
 * query and the best gallery vectors, with which one searches a second time. The query itself weighs 1.
 * @param queries (n, dim)
 * @param lists one a query; longer lists are cut
 * @returns (n, dim), fresh. Scaled to the length of the space's vectors where they have one
 */
export function expandedQueries(
  queries: NdArray<Float32Array>,
  lists: readonly Pick<RankedList, "indices">[],
  space: Pick<GallerySpace, "galleryVectors" | "length">,
  { neighbours, alpha = 0 }: QueryExpansion,
): NdArray<Float32Array> {
  const [n, dim] = queries.shape;
  const expanded = new Float32Array(queries.data);
  for (let q = 0; q < n; q++) {
    const query = queries.data.subarray(q * dim, (q + 1) * dim);
    const found = space.galleryVectors(lists[q].indices.subarray(0, neighbours)); // (neighbours, dim)
    const sum = Float64Array.from(query);
    let weights = 1;
    for (let start = 0; start < found.data.length; start += dim) {
      const vector = found.data.subarray(start, start + dim);
      const weight = alpha === 0 ? 1 : Math.max(0, cosine(query, vector)) ** alpha;
      for (let i = 0; i < dim; i++) sum[i] += weight * vector[i];
      weights += weight;
    }
    for (let i = 0; i < dim; i++) expanded[q * dim + i] = sum[i] / weights;
  }
  const result = { data: expanded, shape: queries.shape };
  return space.length === null ? result : scaledTo(result, space.length);
}

function cosine(a: Float32Array, b: Float32Array): number {
  let product = 0;
  let aSquare = 0;
  let bSquare = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    aSquare += a[i] * a[i];
    bSquare += b[i] * b[i];
  }
  return product === 0 ? 0 : product / Math.sqrt(aSquare * bSquare);
}

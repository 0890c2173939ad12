import type { FoldScores } from "../../src/challenge/fold-scores.js";
import { Random } from "../../src/core/random.js";

/**
 * Ways to search on folds of products: each product has a hardness that all ways share, and each way a deviation of its own
 * at each product and query.
 * @param gains of the ways' true means over the first
 */
export function drawnFoldScores(
  gains: readonly number[],
  { folds = 4, products = 12, queries = 3, noise = 0.2, seed = 0 } = {},
): FoldScores[] {
  const random = new Random(seed);
  const hardness = random.uniforms(folds * products, 0.3, 0.7);
  return gains.map((gain, way) => {
    const own = random.normals(folds * products, noise);
    const each = Array.from({ length: folds }, (_, fold) => {
      const rows = Array.from({ length: products * queries }, (_, row) => fold * products + Math.floor(row / queries));
      const small = random.normals(rows.length, 0.05);
      return {
        products: rows,
        scores: rows.map((product, row) => hardness[product] + gain + own[product] + small[row]),
      };
    });
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    return { name: `way ${way}`, scores: each.map(({ scores }) => mean(scores)), queries: each };
  });
}

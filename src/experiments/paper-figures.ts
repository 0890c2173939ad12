import type { Figure } from "../plots/figure.js";
import type { SearchResult } from "./result.js";
import { isHamming } from "./result.js";
import { precisionAtOf, precisionRecallOf, recallAtOf } from "./result-figures.js";

/**
 * The curves that a paper needs of results, by names that are fit for files: precision over recall by Hamming radius and by
 * rank, P@N and R@N.
 * @throws {InputError} when there is nothing to draw
 */
export function resultFigures(results: readonly SearchResult[]): Record<string, Figure> {
  const byRadius = results.filter(({ evaluation }) => isHamming(evaluation));
  return {
    ...(byRadius.length === 0 ? {} : { "pr-by-radius": precisionRecallOf(byRadius) }),
    "pr-by-rank": precisionRecallOf(results, { by: "rank" }),
    "precision-at-n": precisionAtOf(results),
    "recall-at-n": recallAtOf(results),
  };
}

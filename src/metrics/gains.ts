import { InputError } from "../core/errors.js";
import type { QueryRanking } from "../ranking/query-ranking.js";

/**
 * The labels that the relevant items share with the query, in the order of their ranks; those of a tie group stand together.
 * @returns (relevant,) each at least 1
 * @throws {InputError} when the ranking was made without them
 */
export function gainsOf({ gains }: QueryRanking): Uint16Array {
  if (gains !== undefined) return gains;
  throw new InputError("this ranking does not tell how many labels items share with the query", {
    expected: "a metric that reads gains to be declared with graded: true",
  });
}

import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { Side } from "../ranking/side.js";
import { rowsOf, takeSide } from "../ranking/side.js";

export interface SampleOptions {
  /** Of the draw. Default 0; any integer. */
  seed?: number;
}

/** Some of the queries, for evaluations that would take too long with all of them. */
export interface SampledQueries<S extends Side> {
  readonly queries: S;
  /** (count,) rows of the query set, ascending. */
  readonly rows: Int32Array;
}

/**
 * Draws queries without replacement. Means over them estimate the means over all; `bootstrapInterval` of the values of
 * single queries says how well.
 * @param count 1 .. queries; all of them where there are fewer
 * @throws {InputError} when the count is no integer of at least 1
 */
export function sampleQueries<S extends Side>(
  queries: S,
  count: number,
  options: SampleOptions = {},
): SampledQueries<S> {
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new InputError("number of queries out of range", {
      expected: "an integer of at least 1",
      actual: `${count}`,
    });
  }
  const random = new Random(options.seed ?? 0).stream("queries");
  const rows = random.permutation(rowsOf(queries, "queries")).slice(0, count).sort();
  return { queries: takeSide(queries, rows), rows };
}

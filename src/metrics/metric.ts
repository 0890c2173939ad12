import { InputError } from "../core/errors.js";
import type { QueryRanking } from "../ranking/query-ranking.js";

/** What a metric is told beside the ranking. Tables are made when they are first asked for, once an evaluation. */
export interface MetricContext {
  /** The metric's own: the K of `name@K`. Absent: the whole ranking. */
  readonly cutoff?: number;
  /** (items + 1,) harmonic numbers H_0 = 0, H_1 = 1, H_2 = 3/2, … */
  readonly harmonic: Float64Array;
  /** (items + 1,) the sums Σ_{i=1..n} 1 / log2(i + 1), from n = 0: what cumulative gains are discounted by. */
  readonly discounts: Float64Array;
}

/**
 * A measure of rankings, ours or one's own ({@link defineMetric}). What is reported is the mean over the queries that have
 * a relevant item in the database.
 */
export interface Metric {
  /** Small letters, digits and dashes, a letter first; with a cutoff @ and the cutoff: "ndcg@100". */
  readonly name: string;
  /** For people: in words, the formula, how ties are treated, and where it is from. */
  readonly definition: string;
  /** Heading in tables. Default: the name. */
  readonly column?: string;
  /** Whether `name@K` can be asked for. Default "none". */
  readonly cutoffs?: "none" | "optional" | "required";
  /** The K of this one: an integer of at least 1. Default: none. */
  readonly cutoff?: number;
  /** Whether it reads `ranking.gains`, which cost a pass over codes and labels. Default false. */
  readonly graded?: boolean;
  /** Whether `ranking.groups` must be Hamming distances 0..bits: real-valued rankings are refused then. Default false. */
  readonly radii?: boolean;
  /**
   * The value of one query.
   * @param ranking has at least one relevant item
   * @returns undefined: this query is left out of the mean
   */
  perQuery(ranking: QueryRanking, context: MetricContext): number | undefined;
}

const NAME = /^[a-z][a-z0-9-]*(@[1-9][0-9]*)?$/;

/**
 * Checks a metric of one's own: `defineMetric({ name: "first-rank", definition: "1 / rank of the first relevant item",
 * perQuery: ({ relevantRanks }) => 1 / relevantRanks[0] })`. It goes wherever the name of a known one goes.
 * @throws {InputError} when it has no name, definition or function, or names what is none of these
 */
export function defineMetric(metric: Metric): Metric {
  const wrong = faultOf(metric);
  if (wrong === undefined) return Object.freeze({ ...metric });
  throw new InputError(`this is no metric: ${wrong.what}`, { expected: wrong.expected, actual: wrong.actual });
}

/** Its heading in a table: the column, with the cutoff if there is one. */
export function columnOf({ name, column, cutoff }: Metric): string {
  if (column === undefined) return name;
  return cutoff === undefined ? column : `${column}@${cutoff}`;
}

interface Fault {
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

function faultOf(metric: Metric): Fault | undefined {
  if (typeof metric !== "object" || metric === null) {
    return { what: "it is no object", expected: "{ name, definition, perQuery }", actual: String(metric) };
  }
  const { name, definition, column, cutoffs, cutoff, graded, radii, perQuery } = metric;
  const describeValue = (value: unknown): string => JSON.stringify(value) ?? typeof value;
  if (typeof name !== "string" || !NAME.test(name)) {
    return {
      what: "its name",
      expected: "small letters, digits and dashes, a letter first",
      actual: describeValue(name),
    };
  }
  const [, named] = name.split("@");
  if (cutoff !== (named === undefined ? undefined : Number(named))) {
    return { what: `the cutoff of "${name}"`, expected: "the one after @", actual: describeValue(cutoff) };
  }
  if (typeof definition !== "string" || definition.trim() === "") {
    return { what: `the definition of "${name}"`, expected: "words and a formula", actual: describeValue(definition) };
  }
  if (typeof perQuery !== "function") {
    return { what: `perQuery of "${name}"`, expected: "a function of a ranking", actual: describeValue(perQuery) };
  }
  if (column !== undefined && typeof column !== "string") {
    return { what: `the column of "${name}"`, expected: "text", actual: describeValue(column) };
  }
  if (cutoffs !== undefined && !["none", "optional", "required"].includes(cutoffs)) {
    return {
      what: `cutoffs of "${name}"`,
      expected: '"none", "optional" or "required"',
      actual: describeValue(cutoffs),
    };
  }
  const flag = [graded, radii].find(value => value !== undefined && typeof value !== "boolean");
  if (flag === undefined) return undefined;
  return { what: `graded or radii of "${name}"`, expected: "true or false", actual: describeValue(flag) };
}

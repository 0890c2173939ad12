import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { bootstrapInterval, meanOf } from "./bootstrap.js";

/** Settings of {@link pairedTest}. */
export interface PairedTestOptions {
  /** Random exchanges of the two methods. Default 10,000; at least 1. All are tried when there are no more than that. */
  permutations?: number;
  /** Of the interval of the difference. Default 0.95; above 0, below 1. */
  confidence?: number;
  /** Default 0; any integer. */
  seed?: number;
}

/** How two methods compare on the same queries. */
export interface PairedComparison {
  /** Mean of a minus mean of b. */
  readonly difference: number;
  /** Bootstrap interval of the difference over queries. */
  readonly low: number;
  readonly high: number;
  /** Chance of a difference at least as large, either way, were the two methods the same. */
  readonly pValue: number;
}

/**
 * Fisher's randomisation test, paired by query and two-sided (Smucker, Allan, Carterette, CIKM 2007): were the methods
 * the same, each query's two values could be exchanged. With drawn exchanges the observed one counts as one of them, so
 * that p is never 0.
 * @param a (queries,) values of one method, for example average precisions
 * @param b (queries,) of the other, in the same order
 * @throws {InputError} when the two differ in length or are empty
 */
export function pairedTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: PairedTestOptions = {},
): PairedComparison {
  const { permutations = 10_000, confidence, seed = 0 } = options;
  if (a.length !== b.length || a.length === 0) {
    throw new InputError("two methods can be compared on the same queries only", {
      expected: "as many values of each, at least one",
      actual: `${a.length} and ${b.length}`,
    });
  }
  const differences = Float64Array.from(a, (value, i) => value - b[i]);
  const { mean: difference, low, high } = bootstrapInterval(differences, { confidence, seed });
  const exact = 2 ** differences.length <= permutations;
  const pValue = exact ? exactShare(differences) : drawnShare(differences, permutations, seed);
  return { difference, low, high, pValue };
}

/** Sums that differ by rounding only count as equal. */
const SLACK = 1e-12;

/** Share of all exchanges that give a mean at least as far from 0. */
function exactShare(differences: Float64Array): number {
  const count = 2 ** differences.length;
  const observed = Math.abs(meanOf(differences)) - SLACK;
  let extreme = 0;
  for (let exchange = 0; exchange < count; exchange++) {
    let sum = 0;
    for (let i = 0; i < differences.length; i++) sum += (exchange >> i) & 1 ? -differences[i] : differences[i];
    if (Math.abs(sum / differences.length) >= observed) extreme++;
  }
  return extreme / count;
}

function drawnShare(differences: Float64Array, permutations: number, seed: number): number {
  const random = new Random(seed).stream("paired test");
  const observed = Math.abs(meanOf(differences)) - SLACK;
  let extreme = 1;
  for (let drawn = 0; drawn < permutations; drawn++) {
    let sum = 0;
    let signs = 0;
    for (let i = 0; i < differences.length; i++) {
      // One draw serves thirty queries.
      if (i % 30 === 0) signs = random.integer(2 ** 30);
      sum += (signs >> (i % 30)) & 1 ? -differences[i] : differences[i];
    }
    if (Math.abs(sum / differences.length) >= observed) extreme++;
  }
  return extreme / (permutations + 1);
}

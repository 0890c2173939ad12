import { InputError } from "../core/errors.js";
import { quantile } from "../metrics/bootstrap.js";
import { exchangeTest } from "./exchange-test.js";
import type { DrawnTable, NullModel } from "./null-draws.js";
import { NullDraws } from "./null-draws.js";
import type { TestedPair } from "./pairs.js";
import { pairsOf } from "./pairs.js";
import type { Interval } from "./run-comparison.js";
import { moderatedFreedom, moderatedVariance, seedVariancesByKind } from "./seed-variances.js";
import type { Size } from "./statistic.js";
import { halfWidth, statisticOf } from "./statistic.js";
import type { ColumnValues, EntryParts } from "./variance-parts.js";
import { entryParts, meanOf, queryCovariance } from "./variance-parts.js";

/** How the pairs of a column are tested. */
export interface ColumnTestOptions {
  /** Tables, or exchanges of signs, drawn. Default 10,000; at least 100. */
  readonly draws?: number;
  /** Of the intervals. Default 0.95; above 0, below 1. */
  readonly confidence?: number;
  /** Default 0; any integer. */
  readonly seed?: number;
}

/** What is known of entries beside their values. */
export interface ColumnKinds {
  /** By entry: those of one kind are taken to vary alike over seeds. Default: all are of one. */
  readonly kinds?: readonly string[];
}

/** How the entries of a column of a table stand to each other. */
export interface ColumnTest {
  /** By entry: of its mean, over queries and seeds. */
  readonly intervals: readonly Interval[];
  /** As `pairsOf` has them: entry a minus entry b. */
  readonly pairs: readonly (TestedPair & {
    readonly a: number;
    readonly b: number;
    readonly difference: number;
    readonly interval: Interval;
  })[];
  /** Whether the seeds are in it: some entry has several that differ. */
  readonly overSeeds: boolean;
}

/**
 * Tests all pairs of entries on the same queries, with corrected p-values for the largest of all pairs. Two things are
 * drawn by chance: queries, which all entries share, and seeds, of which each entry has its own. An entry's value is taken
 * apart as μ + query + entry × query + seed + seed × query, all but μ random, as in analyses of several readers of several
 * cases (Dorfman, Berbaum, Metz, 1992; Hillis, 2007, for what is done where a variance comes out negative). The variance of
 * a difference is that over queries of the entries' means over seeds, plus both variances over seeds, less what both count.
 * Its reference are tables drawn without differences ({@link NullDraws}). Where no entry varies over seeds, the queries alone
 * are left, and Fisher's randomisation test tells ({@link exchangeTest}).
 * Over seeds, entries of one kind vary alike ({@link ColumnKinds}).
 * @throws {InputError} without two queries, and for draws or a confidence out of bounds
 */
export function testColumn(values: ColumnValues, options: ColumnTestOptions & ColumnKinds = {}): ColumnTest {
  const { draws = 10_000, confidence = 0.95, seed = 0, kinds = values.map(() => "all") } = options;
  checkColumnTest({ draws, confidence });
  const model = modelOf(values.map(entryParts), kinds);
  const { parts, variances } = model;
  const overSeeds = variances.some(({ freedom }) => freedom > 0);
  const pairs = pairsOf(parts.length);
  const observed = sizesOf(model, observedTable(model), pairs);
  const reference = referenceOf(model, pairs, { draws, seed });
  const tested = overSeeds
    ? reference.test(observed.pairs)
    : exchangeTest(
        parts.map(({ byQuery }) => byQuery),
        { draws, seed },
      );
  return {
    intervals: observed.entries.map((size, m) => intervalOf(size, reference.entries[m], confidence)),
    pairs: pairs.map(([a, b], p) => {
      const interval = intervalOf(observed.pairs[p], reference.pairs[p], confidence);
      return { a, b, difference: observed.pairs[p].value, interval, ...tested[p] };
    }),
    overSeeds,
  };
}

/** @throws {InputError} */
function checkColumnTest({ draws, confidence }: { readonly draws: number; readonly confidence: number }): void {
  if (!(Number.isSafeInteger(draws) && draws >= 100)) {
    throw new InputError("these are not enough draws", { expected: "at least 100", actual: `${draws}` });
  }
  if (confidence > 0 && confidence < 1) return;
  throw new InputError("a confidence out of bounds", { expected: "above 0, below 1", actual: `${confidence}` });
}

function modelOf(parts: readonly EntryParts[], kinds: readonly string[]): NullModel {
  const known = parts.filter(({ fixed, error }) => !fixed && error !== undefined);
  // Of one seed; entries of one seed alone are taken to be like the others.
  const common = known.length === 0 ? 0 : meanOf(known.map(({ error, seeds }) => error! * seeds));
  return {
    parts,
    errors: parts.map(({ error }) => error ?? common),
    variances: seedVariancesByKind(parts, kinds),
    covariance: queryCovariance(parts),
  };
}

function observedTable({ parts, variances }: NullModel): DrawnTable {
  return {
    means: Float64Array.from(parts, ({ mean }) => mean),
    seedVariances: Float64Array.from(
      parts,
      (part, m) => moderatedVariance(part, part.seedVariance ?? 0, variances[m].pooled) / part.seeds,
    ),
    queryScale: 1,
  };
}

/** The means and differences of a table with their standard errors. */
function sizesOf(
  { parts, errors, variances, covariance }: NullModel,
  { means, seedVariances, queryScale }: DrawnTable,
  pairs: readonly (readonly [number, number])[],
): { readonly entries: readonly Size[]; readonly pairs: readonly Size[] } {
  const queryFreedom = parts[0].byQuery.length - 1;
  const sizeOf = (value: number, overQueries: number, entries: readonly number[]): Size => {
    const queries = Math.max(0, overQueries) * queryScale;
    let [seeds, doubt] = [0, 0];
    for (const m of entries) {
      seeds += seedVariances[m] - errors[m];
      doubt += seedVariances[m] ** 2 / moderatedFreedom(parts[m], variances[m]);
    }
    const variance = queries + Math.max(0, seeds);
    const freedom = variance ** 2 / (queries ** 2 / queryFreedom + (seeds > 0 ? doubt : 0)); // Satterthwaite
    return { value, error: Math.sqrt(variance), freedom };
  };
  return {
    entries: parts.map((_, m) => sizeOf(means[m], covariance[m][m], [m])),
    pairs: pairs.map(([a, b]) => {
      const overQueries = covariance[a][a] + covariance[b][b] - 2 * covariance[a][b];
      return sizeOf(means[a] - means[b], overQueries, [a, b]);
    }),
  };
}

/** What tables without differences give, ascending. */
interface Reference {
  readonly entries: readonly Float64Array[];
  readonly pairs: readonly Float64Array[];
  test(observed: readonly Size[]): TestedPair[];
}

function referenceOf(
  model: NullModel,
  pairs: readonly (readonly [number, number])[],
  { draws, seed }: { readonly draws: number; readonly seed: number },
): Reference {
  const tables = new NullDraws(model, seed);
  const entries = model.parts.map(() => new Float64Array(draws));
  const ofPairs = pairs.map(() => new Float64Array(draws));
  const largest = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    const sizes = sizesOf(model, tables.next(), pairs);
    for (const [m, size] of sizes.entries.entries()) entries[m][draw] = statisticOf(size);
    for (const [p, size] of sizes.pairs.entries()) {
      ofPairs[p][draw] = statisticOf(size);
      largest[draw] = Math.max(largest[draw], ofPairs[p][draw]);
    }
  }
  for (const drawn of [...entries, ...ofPairs, largest]) drawn.sort();
  return {
    entries,
    pairs: ofPairs,
    test: observed =>
      observed.map((size, p) => ({
        pValue: shareFrom(ofPairs[p], statisticOf(size)),
        corrected: shareFrom(largest, statisticOf(size)),
      })),
  };
}

/** Share of the draws that are at least so large; the observed one counts as one of them. @param sorted ascending */
function shareFrom(sorted: Float64Array, observed: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < observed) low = middle + 1;
    else high = middle;
  }
  return (sorted.length - low + 1) / (sorted.length + 1);
}

function intervalOf(size: Size, sorted: Float64Array, confidence: number): Interval {
  const half = halfWidth(size, quantile(sorted, confidence));
  return { low: size.value - half, high: size.value + half };
}

import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { ColumnTest, ColumnTestOptions } from "./column-test.js";
import { testColumn } from "./column-test.js";
import type { EntryRuns } from "./compared-runs.js";
import type { Measure } from "./measure.js";
import type { ComparedEntry, ComparedPair, ComparedValue } from "./run-comparison.js";
import type { RunValues } from "./run-values.js";
import { meanOfQueries } from "./run-values.js";

/** An entry, and by run what each query has. */
export interface MeasuredEntry {
  readonly entry: EntryRuns;
  readonly values: readonly { readonly name: string; readonly values: RunValues }[];
}

/** The columns of a table: a measure at a length each. */
export interface ComparedColumns {
  readonly entries: readonly ComparedEntry[];
  readonly pairs: readonly ComparedPair[];
  /** Of each column: by what was tested. */
  readonly tests: readonly ColumnFacts[];
}

/** What a test was made of. */
export interface ColumnFacts {
  readonly measure: string;
  readonly bits: number;
  /** Queries that all entries have a value of. */
  readonly queries: number;
  /** Queries that some entry leaves out and another does not. */
  readonly leftOut: number;
  readonly pairs: number;
  /** Whether seeds are in it. */
  readonly overSeeds: boolean;
}

/** Below this a difference is told. */
const LEVEL = 0.05;

/** Means, deviations, intervals, places and tests of all columns. */
export async function comparedColumns(
  measured: readonly MeasuredEntry[],
  measures: readonly Measure[],
  options: ColumnTestOptions & Abortable,
): Promise<ComparedColumns> {
  const lengths = [...new Set(measured.map(({ entry }) => entry.bits))].sort((a, b) => a - b);
  const values = new Map<MeasuredEntry, Record<string, ComparedValue>>(measured.map(one => [one, {}]));
  const pairs: ComparedPair[] = [];
  const tests: ColumnFacts[] = [];
  for (const { name: measure } of measures) {
    for (const bits of lengths) {
      const column = measured.filter(one => one.entry.bits === bits && measure in one.values[0].values);
      if (column.length === 0) continue; // of an embedding's balls, say
      checkAborted(options.signal);
      await new Promise(resolve => setImmediate(resolve)); // a second each: timers and signals get their turn
      const found = comparedColumn(column, { measure, bits }, options);
      column.forEach((one, i) => {
        values.get(one)![measure] = found.values[i];
      });
      pairs.push(...found.pairs);
      tests.push(found.facts);
    }
  }
  const entries = measured.map(one => {
    const { title, method, bits, colour, runs } = one.entry;
    return {
      ...{ title, method, bits },
      ...(colour === undefined ? {} : { colour }),
      runs: runs.map(({ record }) => record.name),
      seeds: runs.map(({ record }) => record.seed),
      values: values.get(one)!,
    };
  });
  return { entries, pairs, tests };
}

function comparedColumn(
  column: readonly MeasuredEntry[],
  { measure, bits }: { readonly measure: string; readonly bits: number },
  options: ColumnTestOptions,
): { values: ComparedValue[]; pairs: ComparedPair[]; facts: ColumnFacts } {
  const all = column.map(({ values }) => values.map(run => run.values[measure]));
  const seeds = all.flat();
  const kept = Array.from(seeds[0].keys()).filter(q => seeds.every(values => !Number.isNaN(values[q])));
  const some = Array.from(seeds[0].keys()).filter(q => seeds.some(values => !Number.isNaN(values[q])));
  const test = testColumn(
    all.map(ofEntry => ofEntry.map(values => Float64Array.from(kept, q => values[q]))),
    // Seeds of trainings and of random projections vary by what are different things.
    { ...options, kinds: column.map(({ entry }) => entry.runs[0].record.kind) },
  );
  const means = column.map(({ values }) =>
    meanAndDeviation(values.map(run => meanOfQueries(run.values[measure], { measure, run: run.name }))),
  );
  const places = means.map(({ mean }) => 1 + means.filter(other => other.mean > mean).length);
  const best = places.indexOf(1);
  return {
    values: means.map(({ mean, deviation }, i) => ({
      ...{ mean, deviation, interval: test.intervals[i], place: places[i] },
      ...(places[i] === 1 ? {} : { worseThanBest: correctedOf(test, i, best) < LEVEL }),
    })),
    pairs: test.pairs.map(({ a, b, difference, interval, pValue, corrected }) => ({
      ...{ measure, bits, a: column[a].entry.title, b: column[b].entry.title },
      ...{ difference, interval, pValue, corrected },
    })),
    facts: {
      ...{ measure, bits, queries: kept.length, leftOut: some.length - kept.length },
      ...{ pairs: test.pairs.length, overSeeds: test.overSeeds },
    },
  };
}

function correctedOf({ pairs }: ColumnTest, one: number, other: number): number {
  return pairs.find(({ a, b }) => (a === one && b === other) || (a === other && b === one))!.corrected;
}

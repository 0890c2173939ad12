import { shownDeviation, shownNumber } from "../core/shown-number.js";
import type { ComparedEntry, RunComparison } from "./run-comparison.js";

/** How tables are written. */
export interface ComparisonTableOptions {
  /** Digits after the point, at least. Default 3; 0..15. */
  readonly digits?: number;
  /** Only these measures, in this order. Default: all of the comparison. */
  readonly measures?: readonly string[];
}

/** A value in a table. */
export interface ComparedCell {
  readonly mean: string;
  /** Sample deviation over seeds, to the same place. Undefined for one seed. */
  readonly deviation?: string;
  /** Best of its column, second, or neither. */
  readonly mark: "best" | "second" | "none";
  /** Whether it is told from the best after correction. */
  readonly worseThanBest: boolean;
}

/** A table of methods by measures and lengths, before it is written in any language. */
export interface ComparisonCells {
  /** Measures, each over its lengths. */
  readonly groups: readonly { readonly measure: string; readonly bits: readonly (number | null)[] }[];
  /** A method and its settings a row, a cell a column; undefined where there is none. */
  readonly rows: readonly { readonly title: string; readonly cells: readonly (ComparedCell | undefined)[] }[];
  /** Exhaustive search on features, below the others: a value a group, undefined where there is none. */
  readonly baselines: readonly { readonly title: string; readonly values: readonly (string | undefined)[] }[];
}

/** Lays a comparison out as papers do: a row a method, columns by measure and length. */
export function comparisonCells(
  { entries, measures, baselines }: Pick<RunComparison, "entries" | "measures" | "baselines">,
  { digits = 3, measures: wanted = Object.keys(measures) }: ComparisonTableOptions = {},
): ComparisonCells {
  const groups = wanted.map(measure => {
    const lengths = entries.filter(({ values }) => measure in values).map(({ bits }) => bits);
    return { measure, bits: [...new Set(lengths)].sort((a, b) => (a ?? 0) - (b ?? 0)) };
  });
  const titles = [...new Set(entries.map(({ title }) => title))];
  const rows = titles.map(title => {
    const own = entries.filter(entry => entry.title === title);
    const cells = groups.flatMap(({ measure, bits }) =>
      bits.map(length => {
        const entry = own.find(one => one.bits === length && measure in one.values);
        return entry === undefined ? undefined : cellOf(entry, measure, digits);
      }),
    );
    return { title, cells };
  });
  const below = baselines.map(({ title, values }) => ({
    title,
    values: wanted.map(measure => (measure in values ? shownNumber(values[measure], digits) : undefined)),
  }));
  return { groups, rows, baselines: below };
}

function cellOf({ values, seeds }: ComparedEntry, measure: string, digits: number): ComparedCell {
  const { mean, deviation, place, worseThanBest = false } = values[measure];
  const mark = place === 1 ? "best" : place === 2 ? "second" : "none";
  if (seeds.length === 1) return { mean: shownNumber(mean, digits), mark, worseThanBest };
  const [shown, spread] = shownDeviation(mean, deviation, digits).split(" ± ");
  return { mean: shown, deviation: spread, mark, worseThanBest };
}

/** What the sign after a value means, for below a table. */
export const WORSE_THAN_BEST: string = "told from the best of its column (p < 0.05, corrected)";

/** After the titles of what is not tested. */
export const NOT_TESTED: string = "(not tested)";

/** What stands below or above a table in words: the data, what is measured, the marks. */
export function tableSentences({ about, measures, entries }: RunComparison, { groups }: ComparisonCells): string[] {
  const seeds = Math.max(...entries.map(entry => entry.seeds.length));
  const marks = ["best in bold", "second underlined", `†: ${WORSE_THAN_BEST}`];
  return [
    `${about}.`,
    ...groups.map(({ measure }) => `${measure}: ${measures[measure]}.`),
    `${seeds > 1 ? `Means ± standard deviations over up to ${seeds} seeds` : "One seed each"}; ${marks.join(", ")}.`,
  ];
}

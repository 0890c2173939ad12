import type { ComparedCell, ComparisonCells, ComparisonTableOptions } from "./comparison-cells.js";
import { comparisonCells, NOT_TESTED } from "./comparison-cells.js";
import type { RunComparison } from "./run-comparison.js";

/** What the marks of {@link comparisonRows} mean. */
export const ROW_MARKS: string = "(1) best, (2) second of its column; †: told from the best (p < 0.05, corrected)";

/** A row a method, for a table in a terminal: (1) after the best of a column, (2) after the second, † after what is told from the best. */
export function comparisonRows(
  comparison: RunComparison,
  options: ComparisonTableOptions = {},
): Record<string, string>[] {
  const { groups, rows, baselines } = comparisonCells(comparison, options);
  const columns = groups.flatMap(({ measure, bits }) => bits.map(length => `${measure}, ${length} bits`));
  const rowOf = (title: string, texts: readonly string[]): Record<string, string> =>
    Object.fromEntries([["method", title], ...texts.map((text, i) => [columns[i], text])]);
  return [
    ...rows.map(({ title, cells }) => rowOf(title, cells.map(cellText))),
    ...baselines.map(({ title, values }) => rowOf(`${title} ${NOT_TESTED}`, overLengths(values, groups))),
  ];
}

/** A value a group as one a column: what has no bits is the same at all lengths. */
export function overLengths(values: readonly (string | undefined)[], groups: ComparisonCells["groups"]): string[] {
  return groups.flatMap(({ bits }, group) => bits.map(() => values[group] ?? "–"));
}

function cellText(cell: ComparedCell | undefined): string {
  if (cell === undefined) return "–";
  const { mean, deviation, mark, worseThanBest } = cell;
  const text = deviation === undefined ? mean : `${mean} ± ${deviation}`;
  return `${text}${{ best: " (1)", second: " (2)", none: "" }[mark]}${worseThanBest ? " †" : ""}`;
}

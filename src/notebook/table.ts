import { InputError } from "../core/errors.js";
import { decimalsOf, shownNumber } from "../core/shown-number.js";

/** What of a danfojs DataFrame a table needs; any object with these will do. */
export interface DataFrameLike {
  readonly columns: readonly (string | number)[];
  readonly values: readonly unknown[] | readonly (readonly unknown[])[];
  readonly index?: readonly (string | number)[];
}

/** A table: a DataFrame, or one object a row, the keys of all rows together being the columns. */
export type TableData = DataFrameLike | readonly Readonly<Record<string, unknown>>[];

/** Settings of `showTable`. */
export interface TableOptions {
  /** Digits after the point, at most, in columns with fractions; a value too small for them gets more. Default: 3; 0..15. */
  digits?: number;
  /** At most so many rows; how many are left out is said below. Default: 50. */
  rows?: number;
}

/** The texts of a table's cells. */
interface TableText {
  columns: string[];
  /** Whether a column holds numbers, which are set to the right. */
  numeric: boolean[];
  rows: string[][];
  more: number;
}

function isDataFrame(table: TableData): table is DataFrameLike {
  return !Array.isArray(table) && Array.isArray((table as DataFrameLike).columns);
}

/** Nothing, or a dash in its place. */
function isBlank(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "string" && /^[-–—]?$/.test(value));
}

function columnTexts(values: readonly unknown[], digits: number): { numeric: boolean; texts: string[] } {
  const present = values.filter(value => !isBlank(value));
  const numeric = present.length > 0 && present.every(value => typeof value === "number");
  // No more digits than the values have (8.4 s is no 8.400); a value that is too small for them has its own.
  const ordinary = present.filter(value => typeof value === "number" && Math.abs(value) >= 10 ** -digits);
  const places = Math.min(digits, Math.max(0, ...ordinary.map(value => decimalsOf(value as number))));
  const texts = values.map(value => {
    if (value === null || value === undefined || Number.isNaN(value)) return "";
    if (typeof value !== "number") return String(value);
    return shownNumber(value, numeric ? places : Math.min(digits, decimalsOf(value)));
  });
  return { numeric, texts };
}

/**
 * The texts of a table.
 * @throws {InputError} when it is neither a DataFrame nor rows
 */
function tableText(table: TableData, options: TableOptions): TableText {
  if (!isDataFrame(table) && !Array.isArray(table)) {
    throw new InputError("not a table", { expected: "a DataFrame or an array of objects", actual: typeof table });
  }
  const columns = isDataFrame(table)
    ? table.columns.map(String)
    : [...new Set((table as readonly object[]).flatMap(row => Object.keys(row)))];
  const all: readonly unknown[][] = isDataFrame(table)
    ? table.values.map(row => (Array.isArray(row) ? row : [row]))
    : (table as readonly Record<string, unknown>[]).map(row => columns.map(column => row[column]));
  const shown = all.slice(0, options.rows ?? 50);
  const byColumn = columns.map((_, c) =>
    columnTexts(
      shown.map(row => row[c]),
      options.digits ?? 3,
    ),
  );
  return {
    columns,
    numeric: byColumn.map(column => column.numeric),
    rows: shown.map((_, r) => byColumn.map(column => column.texts[r])),
    more: all.length - shown.length,
  };
}

/** Text with the characters that mean something in HTML escaped. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A table as HTML without styles of its own: notebooks and the report bring theirs. */
export function tableHtml(table: TableData, options: TableOptions = {}): string {
  const { columns, numeric, rows, more } = tableText(table, options);
  const cell = (tag: string, text: string, c: number): string =>
    `<${tag}${numeric[c] ? ' align="right"' : ' align="left"'}>${escapeHtml(text)}</${tag}>`;
  const line = (tag: string, texts: readonly string[]): string =>
    `<tr>${texts.map((text, c) => cell(tag, text, c)).join("")}</tr>`;
  const head = `<thead>\n${line("th", columns)}\n</thead>`;
  const body = `<tbody>\n${rows.map(texts => line("td", texts)).join("\n")}\n</tbody>`;
  const note = more > 0 ? `\n<p>and ${more} more rows</p>` : "";
  return `<table>\n${head}\n${body}\n</table>${note}`;
}

/** A table as text in columns. */
export function tablePlain(table: TableData, options: TableOptions = {}): string {
  const { columns, numeric, rows, more } = tableText(table, options);
  const widths = columns.map((column, c) => Math.max(column.length, ...rows.map(texts => texts[c].length)));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, c) => (numeric[c] ? text.padStart(widths[c]) : text.padEnd(widths[c])))
      .join("  ")
      .trimEnd();
  const lines = [line(columns), ...rows.map(line)];
  return (more > 0 ? [...lines, `and ${more} more rows`] : lines).join("\n");
}

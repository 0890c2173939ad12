import { InputError } from "../core/errors.js";
import { decimalsOf, shownNumber } from "../core/shown-number.js";
import { countText } from "../core/size-text.js";

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
  /** At most so many rows, the first ones; how many are left out is said below. Default: 50. */
  rows?: number;
  /** At most so many columns, the first ones; how many are left out is said below. Default: 30. */
  columns?: number;
}

/** The texts of a table's cells. */
interface TableText {
  columns: string[];
  /** Whether a column holds numbers, which are set to the right. */
  numeric: boolean[];
  rows: string[][];
  /** What is left out, in words; empty: nothing is. */
  leftOut: string;
}

/** Whether a value has what a table needs of a DataFrame, or of a Series, whose values are no rows. */
export function isDataFrame(value: unknown): value is DataFrameLike {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { columns, values } = value as DataFrameLike;
  return Array.isArray(columns) && Array.isArray(values);
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

/** Columns by name with their values in the rows that are shown, and how many rows there are. */
interface TableColumns {
  readonly columns: readonly { readonly name: string; readonly values: readonly unknown[] }[];
  readonly rows: number;
}

/** Row names that say more than the row's number come first, as after `describe()` or a filter. */
function columnsOfFrame({ columns, values, index }: DataFrameLike, rows: number): TableColumns {
  const first = values.slice(0, rows).map(row => (Array.isArray(row) ? row : [row]));
  const own = columns.map((name, c) => ({ name: String(name), values: first.map(row => row[c]) }));
  const isNumbered = index === undefined || index.every((name, row) => name === row);
  const names = isNumbered ? [] : [{ name: "", values: index.slice(0, rows) }];
  return { columns: [...names, ...own], rows: values.length };
}

function columnsOfRows(table: readonly Readonly<Record<string, unknown>>[], rows: number): TableColumns {
  const first = table.slice(0, rows);
  const names = [...new Set(first.flatMap(row => Object.keys(row)))];
  return { columns: names.map(name => ({ name, values: first.map(row => row[name]) })), rows: table.length };
}

/**
 * The texts of a table.
 * @throws {InputError} when it is neither a DataFrame nor rows
 */
function tableText(table: TableData, options: TableOptions): TableText {
  const { rows = 50, columns: width = 30, digits = 3 } = options;
  if (!isDataFrame(table) && !Array.isArray(table)) {
    throw new InputError("not a table", { expected: "a DataFrame or an array of objects", actual: typeof table });
  }
  const all = isDataFrame(table) ? columnsOfFrame(table, rows) : columnsOfRows(table, rows);
  const columns = all.columns.slice(0, width);
  const byColumn = columns.map(({ values }) => columnTexts(values, digits));
  return {
    columns: columns.map(({ name }) => name),
    numeric: byColumn.map(({ numeric }) => numeric),
    rows: Array.from({ length: Math.min(rows, all.rows) }, (_, r) => byColumn.map(({ texts }) => texts[r])),
    leftOut: leftOutText({ row: all.rows - rows, column: all.columns.length - width }),
  };
}

/** How many of which are not shown; below 1, none. */
function leftOutText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.map(([what, count]) => `${countText(count)} more ${what}${count === 1 ? "" : "s"}`).join(" and ");
}

/** Text with the characters that mean something in HTML escaped. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A table as HTML without styles of its own: notebooks and the report bring theirs. */
export function tableHtml(table: TableData, options: TableOptions = {}): string {
  const { columns, numeric, rows, leftOut } = tableText(table, options);
  // By style: the sheets of notebooks set all cells to one side, and win over the attribute "align".
  const cell = (tag: string, text: string, c: number): string =>
    `<${tag} style="text-align:${numeric[c] ? "right" : "left"}">${escapeHtml(text)}</${tag}>`;
  const line = (tag: string, texts: readonly string[]): string =>
    `<tr>${texts.map((text, c) => cell(tag, text, c)).join("")}</tr>`;
  const head = `<thead>\n${line("th", columns)}\n</thead>`;
  const body = `<tbody>\n${rows.map(texts => line("td", texts)).join("\n")}\n</tbody>`;
  const note = leftOut === "" ? "" : `\n<p>and ${leftOut}</p>`;
  return `<table>\n${head}\n${body}\n</table>${note}`;
}

/** A table as text in columns. */
export function tablePlain(table: TableData, options: TableOptions = {}): string {
  const { columns, numeric, rows, leftOut } = tableText(table, options);
  const widths = columns.map((column, c) => Math.max(column.length, ...rows.map(texts => texts[c].length)));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, c) => (numeric[c] ? text.padStart(widths[c]) : text.padEnd(widths[c])))
      .join("  ")
      .trimEnd();
  const lines = [line(columns), ...rows.map(line)];
  return (leftOut === "" ? lines : [...lines, `and ${leftOut}`]).join("\n");
}

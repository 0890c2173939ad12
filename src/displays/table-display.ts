import type { Display } from "../core/display.js";
import { isPlainObject } from "../core/shown-value.js";
import { isDataFrame, type TableData, tableHtml, tablePlain } from "../notebook/table.js";

/** Rows by which it is decided whether an array is a table. */
const LOOKED_AT = 50;
/** Rows of a table that is shown without being asked for. */
const SHOWN = { rows: 20 };

/** DataFrames and Series (of danfojs, or alike), and arrays of objects with plain values: a row an object. */
export const tableDisplay: Display<TableData> = {
  name: "table",
  is: (value): value is TableData => isDataFrame(value) || isRows(value),
  mime: table => ({ "text/html": tableHtml(table, SHOWN), "text/plain": tablePlain(table, SHOWN) }),
};

function isRows(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.slice(0, LOOKED_AT).every(row => isPlainObject(row) && isFlat(Object.values(row)));
}

/** Whether values fit into cells: nested ones say more by `util.inspect`. */
function isFlat(values: readonly unknown[]): boolean {
  return (
    values.length > 0 && values.every(value => typeof value !== "object" || value === null || value instanceof Date)
  );
}

import { InputError } from "../core/errors.js";
import type { Sides } from "./side.js";
import { rowsOf } from "./side.js";

/**
 * Where each query stands in the database, for a set that is searched in itself: by ids where both sides have them (the
 * database may then hold more than the queries), else row by row, which asks for as many items on both sides.
 * @returns (queries,) rows of the database
 * @throws {InputError} when a query's id is not in the database, an id comes twice there, or the numbers differ
 */
export function selfRows({ queries, database }: Sides): Int32Array {
  const [count, items] = [rowsOf(queries, "queries"), rowsOf(database, "database")];
  if (queries.ids !== undefined && database.ids !== undefined) return rowsById(queries.ids, database.ids);
  if (count === items) return Int32Array.from({ length: count }, (_, row) => row);
  throw new InputError("queries cannot be found again in the database, so they cannot be left out", {
    expected: "ids on both sides, or the same items in the same order on both",
    actual: `${count} queries and ${items} database items${queries.ids || database.ids ? ", ids on one side only" : ""}`,
  });
}

function rowsById(queries: readonly string[], database: readonly string[]): Int32Array {
  const rows = new Map<string, number>();
  for (const [row, id] of database.entries()) {
    if (rows.has(id)) {
      throw new InputError("an id comes twice in the database", {
        actual: `"${id}" in rows ${rows.get(id)} and ${row}`,
      });
    }
    rows.set(id, row);
  }
  return Int32Array.from(queries, (id, query) => {
    const row = rows.get(id);
    if (row !== undefined) return row;
    throw new InputError("a query is not in the database, so it cannot be left out of its own results", {
      expected: "the id of every query among those of the database",
      actual: `"${id}", query ${query}`,
    });
  });
}

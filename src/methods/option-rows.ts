import type { AnyOption, AnySchema } from "../core/options.js";
import { boundsOf } from "../core/options.js";
import { methodOf } from "./known-methods.js";
import type { Method } from "./method.js";

/** A row of a table of options. (A type, not an interface: tables take objects with any keys.) */
export type OptionRow = {
  readonly option: string;
  readonly "may be": string;
  readonly default: string;
  readonly what: string;
};

/**
 * The options of a method as rows for a table in a cell: `showTable(optionRows("dch"))`.
 * @throws {InputError} for an unknown name
 */
export function optionRows(method: string | Method): OptionRow[] {
  const options: AnySchema = methodOf(method).options;
  return Object.entries(options).map(([option, declared]) => ({
    option,
    "may be": boundsOf(declared),
    default: declared.default === undefined ? "–" : shownDefault(declared),
    what: declared.description ?? "",
  }));
}

function shownDefault({ default: value }: AnyOption): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

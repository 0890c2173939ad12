import { flagOf, textOf, type WireRequest } from "./wire-request.js";

/** What an execute_request asks for, with the protocol's defaults. */
export interface ExecuteOptions {
  code: string;
  /** Nothing is shown, nothing counted. */
  silent: boolean;
  /** The cell is counted and remembered; a silent one never is. */
  storeHistory: boolean;
  /** Expressions to compute after the cell, by a name for each. */
  userExpressions: Record<string, string>;
  /** Whether the client can be asked for input. */
  allowStdin: boolean;
  /** Whether what was sent before the cell's error was known is not run. */
  stopOnError: boolean;
}

/** @throws {TypeError} naming a field of the wrong type */
export function executeOptions({ content }: WireRequest): ExecuteOptions {
  const silent = flagOf(content, "silent", false);
  return {
    code: textOf(content, "code"),
    silent,
    storeHistory: flagOf(content, "store_history", true) && !silent,
    userExpressions: expressionsOf(content.user_expressions ?? {}),
    allowStdin: flagOf(content, "allow_stdin", true),
    stopOnError: flagOf(content, "stop_on_error", true),
  };
}

function expressionsOf(value: unknown): Record<string, string> {
  const right = typeof value === "object" && value !== null;
  if (right && Object.values(value).every(one => typeof one === "string")) return value as Record<string, string>;
  throw new TypeError('"user_expressions" of a request must be texts by name');
}

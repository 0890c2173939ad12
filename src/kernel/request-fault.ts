import type { CellError } from "./thread-messages.js";

/** The reply to a request that could not be answered: its fault or ours. */
export function requestFault(error: unknown): { status: "error" } & CellError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { status: "error", ename: name, evalue: message, traceback: (stack ?? message).split("\n") };
}

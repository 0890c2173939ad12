import { cellHost } from "./cell-host.js";

/** The signal of the running cell, which its interruption aborts; undefined outside of our kernel. */
export function currentSignal(): AbortSignal | undefined {
  return cellHost()?.signal;
}

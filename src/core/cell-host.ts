import type { MimeBundle } from "./mime-bundle.js";

/** What a cell shows: content of a `display_data` message of the Jupyter protocol. */
export interface DisplayContent {
  data: MimeBundle;
  metadata: Record<string, unknown>;
  /** A display of the same id can be replaced. */
  transient: { display_id?: string };
}

/** What our kernel offers to the code that runs in its cells. Each call belongs to the cell from which it comes. */
export interface CellHost {
  /** Shows data under the cell. @param update replace the displays of the same id, whichever cell they are in */
  display(content: DisplayContent, update: boolean): void;
  /** Takes the cell's outputs away. @param wait only when the next output comes */
  clearOutput(wait: boolean): void;
  /** Aborted when the cell is interrupted; undefined for code that belongs to no cell. */
  readonly signal: AbortSignal | undefined;
}

/** Registered, because the cell may have loaded another copy of this library than the kernel. */
const HOST = Symbol.for("hashbook.cell-host");

/** The kernel of ours that this process is; undefined in other processes, plain tslab's among them. */
export function cellHost(): CellHost | undefined {
  return (globalThis as { [HOST]?: CellHost })[HOST];
}

/** For the kernel: offers a host to all cells. */
export function offerCellHost(host: CellHost): void {
  Object.defineProperty(globalThis, HOST, { value: host, configurable: true });
}

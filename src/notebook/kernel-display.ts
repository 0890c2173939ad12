import { createRequire } from "node:module";
import { cellHost, type DisplayContent } from "../core/cell-host.js";

type WriteDisplayData = (content: DisplayContent, update: boolean) => void;

/** The part of tslab's module `dist/jupyter.js` that we use; null while no cell runs. */
interface TslabJupyter {
  lastWriteDisplayData: WriteDisplayData | null;
}

/**
 * What writes into the cell that runs in plain tslab. That kernel may be another copy of tslab than ours (a global one), so
 * it is looked for among the modules this process has loaded, not imported.
 */
function tslabWriter(): WriteDisplayData | undefined {
  const loaded = createRequire(import.meta.url).cache;
  for (const [file, module] of Object.entries(loaded)) {
    if (!/[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(file)) continue;
    const write = (module?.exports as TslabJupyter | undefined)?.lastWriteDisplayData;
    if (typeof write === "function") return write;
  }
  return undefined;
}

/** Stands for the cell that runs: another value for another one; undefined outside of a kernel. */
export function runningCell(): object | undefined {
  const host = cellHost();
  return host === undefined ? tslabWriter() : (host.signal ?? host);
}

/**
 * Sends a display to the cell that runs, under several MIME types at once: through our kernel, or in plain tslab, whose
 * public API cannot.
 * @param update replace the display of the same id
 * @returns false outside of a kernel, where nothing happens
 */
export function sendToCell(content: DisplayContent, update = false): boolean {
  const host = cellHost();
  const write = host === undefined ? tslabWriter() : host.display.bind(host);
  write?.(content, update);
  return write !== undefined;
}

import { createRequire } from "node:module";
import { cellHost, type DisplayContent } from "../core/cell-host.js";

type WriteDisplayData = (content: DisplayContent, update: boolean) => void;

/** The part of tslab's module `dist/jupyter.js` that we use; null while no cell runs. */
interface TslabJupyter {
  lastWriteDisplayData: WriteDisplayData | null;
}

/**
 * Sends a display to the cell that runs, under several MIME types at once: through our kernel, or in plain tslab, whose
 * public API cannot. That kernel may be another copy of tslab than ours (a global one), so it is looked for among the modules this
 * process has loaded, not imported.
 * @param update replace the display of the same id
 * @returns false outside of a kernel, where nothing happens
 */
export function sendToCell(content: DisplayContent, update = false): boolean {
  const host = cellHost();
  if (host !== undefined) {
    host.display(content, update);
    return true;
  }
  const loaded = createRequire(import.meta.url).cache;
  for (const [file, module] of Object.entries(loaded)) {
    if (!/[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(file)) continue;
    const write = (module?.exports as TslabJupyter | undefined)?.lastWriteDisplayData;
    if (typeof write !== "function") continue;
    write(content, update);
    return true;
  }
  return false;
}

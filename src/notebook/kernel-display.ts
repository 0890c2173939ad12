import { createRequire } from "node:module";
import type { MimeBundle } from "./nbformat.js";

/** Content of a `display_data` message. */
export interface DisplayContent {
  data: MimeBundle;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
}

type WriteDisplayData = (content: DisplayContent, update: boolean) => void;

/** The part of tslab's module `dist/jupyter.js` that we use; null while no cell runs. */
interface TslabJupyter {
  lastWriteDisplayData: WriteDisplayData | null;
}

/**
 * Sends a display to the cell that runs, under several MIME types at once, which tslab's public API cannot.
 * The kernel may be another copy of tslab than ours (a global one), so it is looked for among the modules this
 * process has loaded, not imported.
 * @param update replace the display of the same id
 * @returns false outside of a tslab kernel, where nothing happens
 */
export function sendToCell(content: DisplayContent, update = false): boolean {
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

import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import type { CellHost, DisplayContent } from "../core/cell-host.js";
import { version } from "../core/version.js";

/** What cells written for tslab import of it; loading tslab itself would take longer than most cells, and show nothing. */
export interface TslabStandIn {
  readonly display: TslabDisplay;
  /** A display whose later outputs take the place of its earlier ones. */
  newDisplay(): TslabDisplay;
  readonly versions: { readonly tslab: string; readonly typescript: string; readonly node: string };
}

/** A call shows one MIME type; bytes go as base64. */
export interface TslabDisplay extends Record<keyof typeof TYPES, (content: string | Uint8Array) => void> {
  raw(type: string, content: string | Uint8Array): void;
}

const TYPES = {
  javascript: "text/javascript",
  html: "text/html",
  markdown: "text/markdown",
  latex: "text/latex",
  svg: "image/svg+xml",
  png: "image/png",
  jpeg: "image/jpeg",
  gif: "image/gif",
  pdf: "application/pdf",
  text: "text/plain",
} as const;

export function tslabStandIn(host: Pick<CellHost, "display">): TslabStandIn {
  return {
    display: displayWith(host, undefined),
    newDisplay: () => displayWith(host, randomUUID()),
    versions: {
      tslab: `hashbook ${version}`,
      get typescript() {
        return (createRequire(import.meta.url)("typescript/package.json") as { version: string }).version;
      },
      node: process.version,
    },
  };
}

function displayWith(host: Pick<CellHost, "display">, id: string | undefined): TslabDisplay {
  let isShown = false;
  const raw = (type: string, content: string | Uint8Array): void => {
    const data = { [type]: typeof content === "string" ? content : Buffer.from(content).toString("base64") };
    const transient: DisplayContent["transient"] = id === undefined ? {} : { display_id: id };
    host.display({ data, metadata: {}, transient }, isShown);
    isShown = id !== undefined;
  };
  const named = Object.entries(TYPES).map(([name, type]) => [
    name,
    (content: string | Uint8Array) => raw(type, content),
  ]);
  return { ...(Object.fromEntries(named) as Omit<TslabDisplay, "raw">), raw };
}

/**
 * `require` as cells have it: from the notebook's folder, with the stand-in for tslab.
 * @param file where a module of the folder would be
 */
export function cellRequire(file: string, standIn: TslabStandIn): NodeJS.Require {
  const base = createRequire(file);
  const require = (name: string): unknown => (name === "tslab" ? standIn : base(name));
  const { resolve, cache, main, extensions } = base;
  return Object.assign(require, { resolve, cache, main, extensions });
}

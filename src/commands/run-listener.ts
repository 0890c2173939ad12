import { basename } from "node:path";
import { duration } from "../core/progress.js";
import type { NotebookProgress } from "../notebook/notebook-run.js";

/** Ends the line about the run on a terminal, so that another can be written in its place. */
export function clearRunLine(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
}

/** Where a notebook is. */
interface Place {
  begun: number;
  cell: number;
  /** Last line of text that the cell put out. */
  last: string;
  status: string;
}

/** Tells of a run. */
export interface RunListener {
  readonly show: (progress: NotebookProgress) => void;
  /** A notebook is done: it is no longer told of. */
  ended(file: string): void;
}

/**
 * One line about the run on stderr, written over on a terminal: the notebooks that run, side by side; in a log file a line a
 * cell. Notes stay.
 */
export function runListener(): RunListener {
  const live = process.stderr.isTTY === true;
  const places = new Map<string, Place>();
  let shown = 0;
  const show = ({ file, cell, cells, text, note }: NotebookProgress): void => {
    const now = performance.now();
    if (note !== undefined) {
      clearRunLine();
      process.stderr.write(`hashbook: ${basename(file)}${cell === 0 ? "" : `, cell ${cell}/${cells}`}: ${note}\n`);
      return;
    }
    const before = places.get(file);
    const begins = before?.cell !== cell;
    const place = cell === 0 || before === undefined ? { begun: now, cell, last: "", status: "" } : before;
    places.set(file, place);
    place.cell = cell;
    place.last = lastLine(text) ?? (begins ? "" : place.last);
    const state = cell === 0 ? "starting the kernel" : `cell ${cell}/${cells}`;
    place.status = `${basename(file)}  ${state}  ${duration((now - place.begun) / 1000)}  ${place.last}`.trimEnd();
    if (live ? !begins && now - shown < 100 : !begins) return;
    shown = now;
    process.stderr.write(live ? `\r\u001b[K${sideBySide(file, places)}` : `${place.status}\n`);
  };
  return { show, ended: file => void places.delete(file) };
}

function lastLine(text: string | undefined): string | undefined {
  return text
    ?.split(/[\r\n]/)
    .filter(part => part.trim() !== "")
    .at(-1)
    ?.trim();
}

/** What has just been told first, the others as far as there is room. */
function sideBySide(file: string, places: ReadonlyMap<string, Place>): string {
  const others = [...places].filter(([name]) => name !== file).map(([, { status }]) => status);
  return [places.get(file)!.status, ...others].join(" | ").slice(0, (process.stderr.columns ?? 100) - 1);
}

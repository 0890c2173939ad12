import { basename } from "node:path";
import { duration } from "../core/progress.js";
import type { NotebookProgress } from "../notebook/notebook-run.js";

/** Ends the line about the run on a terminal, so that another can be written in its place. */
export function clearRunLine(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
}

/** One line about the run on stderr, written over on a terminal; in a log file a line a cell. Notes stay. */
export function runListener(): (progress: NotebookProgress) => void {
  const live = process.stderr.isTTY === true;
  let begun = performance.now();
  let last = "";
  let cellBefore = -1;
  let shown = 0;
  return ({ file, cell, cells, text, note }) => {
    const now = performance.now();
    if (note !== undefined) {
      clearRunLine();
      process.stderr.write(`hashbook: ${basename(file)}${cell === 0 ? "" : `, cell ${cell}/${cells}`}: ${note}\n`);
      return;
    }
    if (cell === 0) begun = now;
    if (cell !== cellBefore) last = "";
    const line = text
      ?.split(/[\r\n]/)
      .filter(part => part.trim() !== "")
      .at(-1);
    if (line !== undefined) last = line.trim();
    const begins = cell !== cellBefore;
    cellBefore = cell;
    if (live ? !begins && now - shown < 100 : !begins) return;
    shown = now;
    const state = cell === 0 ? "starting the kernel" : `cell ${cell}/${cells}`;
    const status = `${basename(file)}  ${state}  ${duration((now - begun) / 1000)}  ${last}`.trimEnd();
    process.stderr.write(live ? `\r\u001b[K${status.slice(0, (process.stderr.columns ?? 100) - 1)}` : `${status}\n`);
  };
}

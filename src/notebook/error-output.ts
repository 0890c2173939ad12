import { cellFileName } from "./cell-file-name.js";
import type { ErrorOutput } from "./nbformat.js";

/** A type error of tslab: `3:7 - Type 'number' is not …`, with a file name in front when it is in another file. */
const diagnostic = /^(?:(\S+) )?(\d+):(\d+) - (.*)$/;
/** The line with name and message; Node may put the place of the throw before it. */
const thrownLine = /^\[?((?:[A-Z]\w*)?(?:Error|Exception)\w*)(?: \[[^\]]*\])?(?:: ([^\n]*))?$/m;

/** Line and column (from 1) in the cell that a type error names; undefined for errors at run time. */
export function diagnosticPosition(error: ErrorOutput): { line: number; column: number } | undefined {
  const match = diagnostic.exec(error.traceback[0] ?? "");
  return match === null || match[1] !== undefined ? undefined : { line: Number(match[2]), column: Number(match[3]) };
}

/**
 * Line and column (from 1) in the JavaScript that tslab made of a cell, from the first frame in it.
 * @param count which of the cells that the kernel ran it was, from 1
 */
export function framePosition(error: ErrorOutput, count: number): { line: number; column: number } | undefined {
  const inCell = `${cellFileName(count)}:`;
  for (const frame of error.traceback) {
    const start = frame.indexOf(inCell);
    const match = start < 0 ? null : /^(\d+):(\d+)/.exec(frame.slice(start + inCell.length));
    if (match !== null) return { line: Number(match[1]), column: Number(match[2]) };
  }
  return undefined;
}

/** Whether text is a type error as tslab prints it. */
export function isDiagnostic(text: string): boolean {
  return diagnostic.test(text.trimEnd());
}

/** Frames of tslab itself tell a reader nothing. */
function withoutKernelFrames(lines: readonly string[]): string[] {
  return lines.filter(line => !/^\s+at .*[\\/]tslab[\\/]dist[\\/]/.test(line));
}

/**
 * The nbformat `error` output for what tslab printed when a cell failed (it knows no other way to say so).
 * @param trace the trace of a thrown value, or type errors, one a line
 */
export function errorOutput(trace: string): ErrorOutput {
  const lines = trace.trimEnd().split("\n");
  const types = diagnostic.exec(lines[0]);
  if (types !== null) {
    const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : "";
    return { output_type: "error", ename: "TypeScriptError", evalue: `${types[4]}${more}`, traceback: lines };
  }
  const thrown = thrownLine.exec(trace);
  const traceback = withoutKernelFrames(lines);
  if (thrown === null) return { output_type: "error", ename: "Error", evalue: lines[0], traceback };
  return { output_type: "error", ename: thrown[1], evalue: thrown[2] ?? "", traceback };
}

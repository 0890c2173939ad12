// The kernel is three threads. The *wire* (a worker) owns the sockets, answers the heartbeat and the control channel at any
// time, and decides what happens next. The *compiler* (a worker) turns cells into JavaScript, completes and explains. The
// *cells* run on the main thread, because addons and the libraries of cells expect to be there. These are their messages.
import type { DisplayContent } from "../core/cell-host.js";
import type { DisplayedValue } from "../core/display.js";

/** A cell on its way: the `msg_id` of its execute_request. */
export type CellId = string;

/** An error as Jupyter knows it. */
export interface CellError {
  /** Name of the error: "RangeError"; "SyntaxError" and "TypeScriptError" of the compiler; "KeyboardInterrupt". */
  ename: string;
  evalue: string;
  /** Lines to print, with colours; frames of the cell ("cell 3, line 5") and of libraries, none of the kernel. */
  traceback: string[];
}

/** A cell that can run. */
export interface CompiledCell {
  /**
   * An expression that evaluates to a function `($names, require, $bind) => value`, async where `isAsync`: `$names` has the
   * names of earlier cells as properties, `$bind(name, get, set?)` tells of one that the cell declares; the value is that of
   * the last expression, undefined where the cell ends with something else.
   */
  code: string;
  /** Source map of `code`, JSON; its lines are those of the cell. */
  map: string;
  isAsync: boolean;
  /** What the compiler complained of, where it runs in spite of it. */
  warnings: string[];
}

/** What of a cell is to be run. `count` numbers it in traces; null for what is not counted. */
export interface ExecuteCell {
  type: "execute";
  cell: CellId;
  count: number | null;
  source: string;
  compiled: CompiledCell;
  silent: boolean;
  allowStdin: boolean;
}

/** From the wire to the cells. */
export type ToCells =
  | ExecuteCell
  /** Computes an expression of `user_expressions` after the cell `cell`; answered by "evaluated". */
  | { type: "evaluate"; cell: CellId; id: number; compiled: CompiledCell }
  /**
   * Stops a cell: aborts its signal, its timers, its waiting; answered at once by "interrupting", then by "ended". Where
   * "interrupting" does not come within 300 ms the thread is in a loop: the wire terminates it and sends this again, which
   * ends the cell. After "interrupting" a cell has 3 s to keep what it has computed; only then the wire does the same.
   */
  | { type: "interrupt"; cell: CellId }
  /** Ends the process after what is left to be said has been sent; answered by "bye". */
  | { type: "shutdown" };

/** How a cell ended, and the names it has bound by then (all of them when it ran through). */
export type CellOutcome = { status: "ok"; bound: string[] } | { status: "error"; error: CellError; bound: string[] };

/** From the cells to the wire, in order. What comes after "ended" is of something the cell did not await. */
export type ToWire =
  | { type: "stream"; cell: CellId; name: "stdout" | "stderr"; text: string }
  | { type: "display"; cell: CellId; content: DisplayContent; update: boolean }
  | { type: "clear"; cell: CellId; wait: boolean }
  | { type: "result"; cell: CellId; value: DisplayedValue }
  /** Something the cell started and did not await threw. */
  | { type: "late"; cell: CellId; error: CellError }
  /** Asks the user; the thread waits on `answer`, see {@link STDIN_STATE}. */
  | { type: "input"; cell: CellId; prompt: string; password: boolean; answer: SharedArrayBuffer }
  /** The thread is not blocked: the cell stops, and must not be terminated while it writes what it keeps. */
  | { type: "interrupting"; cell: CellId }
  | { type: "ended"; cell: CellId; outcome: CellOutcome }
  | { type: "evaluated"; cell: CellId; id: number; result: DisplayedValue | CellError }
  | { type: "bye" };

/**
 * Layout of an answer of the user: Int32[0] is its state, Int32[1] the number of bytes, from byte 8 on UTF-8 text, at most
 * the buffer's length less 8 bytes. The wire writes text and length, then the state, and wakes the thread.
 */
export const STDIN_STATE: {
  readonly waiting: 0;
  readonly answered: 1;
  readonly refused: 2;
  readonly interrupted: 3;
} = {
  waiting: 0,
  answered: 1,
  refused: 2,
  interrupted: 3,
};

/** From the wire to the compiler. Each has an id; `CompilerAnswer` of the same id comes back. Positions: UTF-16 units. */
export type CompilerRequest = {
  id: number;
} /** Compiles a cell; its names become those of later cells with "adopt". `count` names it in messages. */ & (
  | { type: "compile"; cell: CellId; count: number | null; source: string }
  /** The expression of a `user_expressions`. */
  | { type: "compile-expression"; source: string }
  /** The cell has run, and these of its names are bound; answered by null. */
  | { type: "adopt"; cell: CellId; bound: string[] }
  | { type: "complete"; source: string; position: number }
  | { type: "inspect"; source: string; position: number; detail: 0 | 1 }
  | { type: "is-complete"; source: string }
);

/** An entry of a completion: text, kind ("function", "property", …) and signature as JupyterLab shows them. */
export interface CompletionEntry {
  text: string;
  type: string;
  signature?: string;
}
export interface Completions {
  start: number;
  end: number;
  entries: CompletionEntry[];
}
export type Completeness = { status: "complete" | "invalid" | "unknown" } | { status: "incomplete"; indent: string };

/** Answers by the request's type. */
export interface CompilerAnswers {
  compile: CompiledCell | { error: CellError };
  "compile-expression": CompiledCell | { error: CellError };
  adopt: null;
  complete: Completions;
  /** undefined: nothing is known of what stands there. */
  inspect: Record<string, unknown> | undefined;
  "is-complete": Completeness;
}
/** `fault`: the trace of what went wrong in the compiler itself, which goes on. */
export type CompilerAnswer = { id: number } & ({ answer: CompilerAnswers[keyof CompilerAnswers] } | { fault: string });

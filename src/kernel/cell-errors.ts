import type { SourceMap } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { OwnTypeScript } from "./own-typescript.js";
import type { SourcePlace, StackFrame } from "./stack-frames.js";
import { FileMaps, framesOf, openSourceMap, sourcePlace } from "./stack-frames.js";
import type { CellError, ExecuteCell } from "./thread-messages.js";

/** The kernel's own frames are none of the cell's business. */
const KERNEL = dirname(fileURLToPath(import.meta.url));
/** Lines of frames shown at most. */
const MOST_FRAMES = 20;
/** Causes shown at most. */
const MOST_CAUSES = 4;

/** Colours of terminals, as tracebacks have them. */
const RED = 31;
const BLUE = 34;
const GREY = 90;
const paint = (colour: number, text: string): string => `\u001b[${colour}m${text}\u001b[39m`;

interface CellScript {
  readonly label: string;
  readonly lines: string[];
  /** JSON; opened when an error asks for it. */
  readonly json: string;
  map?: SourceMap;
}

/** Makes errors of cells readable: traces in lines of TypeScript. */
export class CellErrors {
  private readonly scripts = new Map<string, CellScript>();
  private readonly files = new FileMaps();
  private uncounted = 0;

  constructor(private readonly ownTypeScript: Pick<OwnTypeScript, "newMaps">) {}

  /**
   * Names the script of a cell.
   * @returns a path in the working directory, so that relative imports are found from there
   */
  register({ count, source, compiled }: Pick<ExecuteCell, "count" | "source" | "compiled">): string {
    const name = count === null ? `cell-uncounted-${++this.uncounted}` : `cell-${count}`;
    const label = count === null ? "cell" : `cell ${count}`;
    const file = join(process.cwd(), `${name}.ts`);
    this.scripts.set(file, { label, lines: source.split("\n"), json: compiled.map });
    return file;
  }

  /** What was thrown, as front ends show it. */
  describe(thrown: unknown): CellError {
    for (const { file, map } of this.ownTypeScript.newMaps()) this.files.add(file, map);
    if (!isError(thrown)) {
      const evalue = typeof thrown === "string" ? thrown : inspect(thrown);
      return { ename: "Uncaught", evalue, traceback: [`${paint(RED, "Uncaught")}: ${evalue}`] };
    }
    return { ename: nameOf(thrown), evalue: String(thrown.message), traceback: this.traceOf(thrown) };
  }

  private traceOf(error: Error): string[] {
    const trace = [`${paint(RED, nameOf(error))}: ${error.message}`];
    const frames = framesOf(String(error.stack)).filter(({ file }) => !file.startsWith(KERNEL));
    const first = frames.find(({ file }) => this.scripts.has(file));
    if (first !== undefined) trace.push(...this.excerpt(first));
    trace.push(...withoutRepeats(frames.map(frame => this.frameText(frame))).slice(0, MOST_FRAMES));
    for (const inner of innerErrors(error)) {
      const [line, ...rest] = isError(inner) ? this.describe(withoutCause(inner)).traceback : [inspect(inner)];
      trace.push(`${paint(GREY, "caused by")} ${line}`, ...rest);
    }
    return trace;
  }

  /** The line of the cell with a caret where the frame is. */
  private excerpt(frame: StackFrame): string[] {
    const { lines } = this.scripts.get(frame.file)!;
    const place = this.placeOf(frame);
    const text = place === undefined ? undefined : lines[place.line - 1];
    if (place === undefined || text === undefined) return [];
    const margin = `  ${place.line} | `;
    const indent = text.slice(0, place.column - 1).replace(/[^\t]/g, " ");
    return [`${paint(GREY, margin)}${text}`, `${" ".repeat(margin.length)}${indent}${paint(RED, "^")}`];
  }

  private frameText(frame: StackFrame): string {
    const name = frame.name
      .replace(/^(async )?Object\./, "$1")
      .replace("<anonymous>", "")
      .trim();
    return `    at ${name === "" ? "" : `${name} `}${this.placeText(frame, name !== "")}`;
  }

  private placeText(frame: StackFrame, inBrackets: boolean): string {
    const script = this.scripts.get(frame.file);
    const place = this.placeOf(frame);
    const line = place === undefined ? "" : `, line ${place.line}`;
    const text =
      script === undefined ? paint(GREY, this.files.placeText(frame)) : paint(BLUE, `${script.label}${line}`);
    return inBrackets ? `(${text})` : text;
  }

  /** Where a frame is in its cell; undefined for frames of files, and of what the compiler has added. */
  private placeOf({ file, line, column }: StackFrame): SourcePlace | undefined {
    const script = this.scripts.get(file);
    if (script === undefined) return undefined;
    script.map ??= openSourceMap(script.json);
    return sourcePlace(script.map, line, column);
  }
}

/** Recursion says the same line over and over: it is said once, and how often. */
function withoutRepeats(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (let from = 0, to = 1; from < lines.length; from = to++) {
    while (lines[to] === lines[from]) to++;
    kept.push(lines[from], ...(to - from > 1 ? [paint(GREY, `    … ${to - from - 1} times more`)] : []));
  }
  return kept;
}

/** Errors of other realms are no instances of this one's class. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function nameOf(error: Error): string {
  const own = String(error.name);
  return own === "Error" ? error.constructor?.name || own : own;
}

/** What an error was caused by, and those it gathers. */
function innerErrors(error: Error): unknown[] {
  const causes: unknown[] = [];
  for (let at = error; at.cause !== undefined && causes.length < MOST_CAUSES; ) {
    causes.push(at.cause);
    if (!isError(at.cause)) break;
    at = at.cause;
  }
  const gathered = error instanceof AggregateError ? error.errors.slice(0, MOST_CAUSES) : [];
  return [...gathered, ...causes];
}

/** A stand-in with the same trace, whose cause has its own place in the list. */
function withoutCause(error: Error): Error {
  return Object.assign(Object.create(Object.getPrototypeOf(error)), {
    name: error.name,
    message: error.message,
    stack: error.stack,
    cause: undefined,
  });
}

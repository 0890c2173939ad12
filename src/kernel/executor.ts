import { constants, Script } from "node:vm";
import type { CellContext } from "./cell-context.js";
import type { CellErrors } from "./cell-errors.js";
import type { Bind, CellNames } from "./cell-names.js";
import type { CellOutput } from "./cell-output.js";
import type { OwnTypeScript } from "./own-typescript.js";
import { KeyboardInterrupt, RunningCell } from "./running-cell.js";
import type { ThreadGuard } from "./thread-guard.js";
import type { CellError, CellId, CellOutcome, ExecuteCell, ToCells } from "./thread-messages.js";
import { displayOfValue } from "./value-display.js";

const { setImmediate, setTimeout } = globalThis;

type CellFunction = (names: object, require: NodeJS.Require, bind: Bind) => unknown;
type Evaluate = Extract<ToCells, { type: "evaluate" }>;

/** Lets `import()` in cells load what it would in a file of the working directory. */
const DEFAULT_LOADER = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER as never;

/** Node warns, once, of features that it may still change; nobody who writes cells has asked for any. */
function withoutWarnings(run: () => void): void {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  run();
  process.emitWarning = emitWarning;
}

/** What an executor works with. */
export interface ExecutorParts {
  readonly output: CellOutput;
  readonly context: CellContext;
  readonly errors: CellErrors;
  readonly names: CellNames;
  readonly guard: ThreadGuard;
  readonly ownTypeScript: OwnTypeScript;
  /** As cells have it. */
  readonly require: NodeJS.Require;
}

/** A cell that has not ended, and how it does. */
interface Run {
  readonly cell: RunningCell;
  readonly keep: () => string[];
  failure?: Failure;
}

interface Failure {
  readonly error: unknown;
}

/**
 * Runs one cell after the other. Its own steps hang on messages and timers rather than on promises: a termination forgets
 * the microtasks that wait, whosoever they are.
 */
export class Executor {
  private run: Run | undefined;

  constructor(private readonly parts: ExecutorParts) {
    const load = new Script('import("node:vm")', { importModuleDynamically: DEFAULT_LOADER });
    withoutWarnings(() => void load.runInThisContext());
  }

  execute(request: ExecuteCell): void {
    const { context, names, output } = this.parts;
    const cell = new RunningCell(request);
    const { bind, keep } = names.open();
    this.run = { cell, keep };
    context.latest = cell;
    for (const warning of request.compiled.warnings) output.write(cell.id, "stderr", `${warning}\n`);
    const present = (value: unknown): void => this.present(cell, request.silent ? undefined : value);
    try {
      const value = context.run(cell, () => this.functionOf(request)(names.names, this.parts.require, bind));
      if (request.compiled.isAsync) (value as Promise<unknown>).then(present, error => this.fail(cell, error));
      else present(value);
    } catch (error) {
      this.fail(cell, error);
    }
  }

  evaluate({ cell, id, compiled }: Evaluate): void {
    const { context, errors, names, output, require } = this.parts;
    const owner = context.latest?.id === cell ? context.latest : undefined;
    const sayFailed = (error: unknown): void =>
      output.send({ type: "evaluated", cell, id, result: errors.describe(error) });
    const run = async (): Promise<void> => {
      const code = this.functionOf({ count: null, source: "", compiled });
      const value = await code(names.names, require, () => {});
      output.send({ type: "evaluated", cell, id, result: await displayOfValue(value) });
    };
    context.run(owner, run).catch(sayFailed);
  }

  /** Stops a cell: by its signal and its timers; by force where it has none of them, or is asked a second time. */
  interrupt(id: CellId): void {
    const { run } = this;
    if (run === undefined || run.cell.id !== id) return;
    const { cell } = run;
    this.parts.output.send({ type: "interrupting", cell: id });
    // Again: the thread was terminated, and with it maybe the turn in which the cell was to end.
    if (cell.isSettled) this.end(run);
    else if (cell.isInterrupted) this.fail(cell, cell.signal.reason);
    else {
      cell.interrupt();
      setTimeout(() => this.fail(cell, cell.signal.reason), cell.timeLeft);
    }
  }

  /**
   * Called before code of an interrupted, settled cell goes on. It is stopped where that harms nobody: a termination takes
   * waiting microtasks along, those of a cell that runs meanwhile too.
   */
  stopZombie(cell: RunningCell): void {
    if (cell.timeLeft > 0 || (this.run !== undefined && this.run.cell !== cell)) return;
    this.parts.context.current = undefined;
    this.parts.guard.terminate();
  }

  /** Tells of an exception that came when nobody could catch it. */
  reportLate(error: unknown, cell: RunningCell | undefined): void {
    if (cell === undefined) process.stderr.write(`${this.parts.errors.describe(error).traceback.join("\n")}\n`);
    else if (!cell.isByInterrupt(error)) this.late(cell.id, this.parts.errors.describe(error));
  }

  /** A rejection nobody handles is the outcome of the cell while it has not ended, and late after. */
  noteRejection(promise: Promise<unknown>, reason: unknown): void {
    const cell = this.parts.context.ownerOf(promise);
    if (cell !== undefined && this.run?.cell === cell) cell.unhandled.set(promise, reason);
    else this.reportLate(reason, cell);
  }

  forgetRejection(promise: Promise<unknown>): void {
    this.parts.context.ownerOf(promise)?.unhandled.delete(promise);
  }

  private late(cell: CellId, error: CellError): void {
    this.parts.output.send({ type: "late", cell, error });
  }

  private functionOf(request: Pick<ExecuteCell, "count" | "source" | "compiled">): CellFunction {
    this.parts.ownTypeScript.expect(request.compiled.code);
    const script = new Script(request.compiled.code, {
      filename: this.parts.errors.register(request),
      importModuleDynamically: DEFAULT_LOADER,
    });
    return script.runInThisContext() as CellFunction;
  }

  /** Shows the value of a cell's last expression, and ends the cell. */
  private present(cell: RunningCell, value: unknown): void {
    if (value === undefined || cell.isSettled) {
      this.settle(cell, undefined);
      return;
    }
    const shown = this.parts.context.run(cell, () => displayOfValue(value));
    shown.then(
      value => {
        if (!cell.isSettled) this.parts.output.send({ type: "result", cell: cell.id, value });
        this.settle(cell, undefined);
      },
      error => this.fail(cell, error),
    );
  }

  private fail(cell: RunningCell, error: unknown): void {
    this.settle(cell, { error });
  }

  /** Ends a cell, one turn later: what it left behind unhandled is known by then. */
  private settle(cell: RunningCell, failure: Failure | undefined): void {
    const { run } = this;
    if (cell.isSettled || run?.cell !== cell) return;
    cell.settle();
    run.failure = failure;
    setImmediate(() => this.end(run));
  }

  private end(run: Run): void {
    if (this.run !== run) return;
    this.run = undefined;
    this.parts.context.current = undefined;
    const outcome = this.outcomeOf(run);
    this.parts.output.send({ type: "ended", cell: run.cell.id, outcome });
  }

  private outcomeOf({ cell, failure, keep }: Run): CellOutcome {
    const { errors } = this.parts;
    const bound = keep();
    const rejections = [...cell.unhandled.values()].filter(reason => !cell.isByInterrupt(reason));
    cell.unhandled.clear();
    if (failure === undefined && rejections.length === 0) return { status: "ok", bound };
    const thrown = failure === undefined ? rejections.shift() : failure.error;
    for (const reason of rejections) this.late(cell.id, errors.describe(reason));
    const isOther = cell.isInterrupted && !cell.isByInterrupt(thrown);
    const error = isOther ? new KeyboardInterrupt(thrown) : cell.isInterrupted ? cell.signal.reason : thrown;
    return { status: "error", error: errors.describe(error), bound };
  }
}

import { promiseHooks } from "node:v8";
import type { RunningCell } from "./running-cell.js";

/** On a promise: the cell whose code made it. */
const CELL = Symbol("hashbook.cell");

/**
 * Knows to which cell the code that runs now belongs: by promises, and by callbacks bound with {@link bind}.
 *
 * AsyncLocalStorage would know of more callbacks, but cannot be had together with `Runtime.terminateExecution`: a
 * continuation terminated under Node's async hooks leaves their stack with an entry too many, for which Node aborts the
 * process. What is lost is attributed to the cell that runs, which is right but for cells long gone.
 */
export class CellContext {
  /** The cell of the code that runs now; undefined for the kernel's own and where it is not known. */
  current: RunningCell | undefined;
  /** The cell that was begun last. */
  latest: RunningCell | undefined;
  /** The cell whose bound callback threw last. */
  private culprit: RunningCell | undefined;
  private readonly stopHooks: () => void;

  /** @param onZombie called when code of an interrupted cell, settled already, is about to go on */
  constructor(onZombie: (cell: RunningCell) => void) {
    type Owned = Promise<unknown> & { [CELL]?: RunningCell };
    const stop = promiseHooks.createHook({
      init: (promise: Owned) => {
        if (this.current !== undefined) promise[CELL] = this.current;
      },
      before: (promise: Owned) => {
        const cell = promise[CELL];
        this.current = cell;
        if (cell?.isSettled && cell.isInterrupted) onZombie(cell);
      },
      after: () => {
        this.current = undefined;
      },
    });
    this.stopHooks = stop as unknown as () => void;
  }

  /** The cell under which outputs of the code that runs now belong. */
  get owner(): RunningCell | undefined {
    return this.current ?? this.latest;
  }

  ownerOf(promise: Promise<unknown>): RunningCell | undefined {
    return (promise as { [CELL]?: RunningCell })[CELL] ?? this.latest;
  }

  /** Runs a function as code of a cell, or of none. */
  run<T>(cell: RunningCell | undefined, run: () => T): T {
    const before = this.current;
    this.current = cell;
    try {
      return run();
    } catch (error) {
      this.culprit = cell;
      throw error;
    } finally {
      this.current = before;
    }
  }

  /** A callback that runs as code of the cell that binds it. */
  bind<This, Args extends unknown[], T>(callback: (this: This, ...args: Args) => T): (this: This, ...args: Args) => T {
    const cell = this.current;
    if (cell === undefined) return callback;
    const context = this;
    return function (this: This, ...args: Args): T {
      return context.run(cell, () => callback.apply(this, args));
    };
  }

  /** The cell to blame for an exception that nobody caught. */
  takeCulprit(): RunningCell | undefined {
    const cell = this.culprit ?? this.owner;
    this.culprit = undefined;
    return cell;
  }

  close(): void {
    this.stopHooks();
  }
}

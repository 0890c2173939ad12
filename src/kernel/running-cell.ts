import { getEventListeners, setMaxListeners } from "node:events";
import type { ExecuteCell } from "./thread-messages.js";

/** Why code of an interrupted cell fails; "KeyboardInterrupt" is what front ends call it. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";

  constructor(cause?: unknown) {
    super("the cell was interrupted", cause === undefined ? undefined : { cause });
  }
}

/** Milliseconds for which an interrupted cell that obeys its signal may go on, to keep what it has computed. */
const GRACE = 3000;
/** Milliseconds for others. */
const SHORT_GRACE = 20;
/** Milliseconds within which code that obeys a signal looks at it again. */
const LOOKS_AGAIN = 2000;

/** A cell from its start on; what it has begun belongs to it even after it has ended. */
export class RunningCell {
  readonly id: string;
  /** Of allow_stdin: whether the front end can ask the user. */
  readonly allowStdin: boolean;
  /** What the cell has begun and an interrupt has to stop: its timers, its child processes. */
  readonly undertakings: Set<{ stop(): void }> = new Set();
  /** Rejections that nobody has handled so far. */
  readonly unhandled: Map<Promise<unknown>, unknown> = new Map();
  /** Aborted by {@link interrupt}. */
  readonly signal: AbortSignal;
  /** Whether the cell's outcome is known; what still runs of an interrupted one then has no right to. */
  isSettled = false;
  isInterrupted = false;
  private readonly controller = new AbortController();
  private lookedAt = Number.NEGATIVE_INFINITY;
  private mayRunUntil = Number.POSITIVE_INFINITY;

  constructor({ cell, allowStdin }: Pick<ExecuteCell, "cell" | "allowStdin">) {
    this.id = cell;
    this.allowStdin = allowStdin;
    this.signal = this.observe(this.controller.signal);
  }

  /** Aborts the signal. Whoever looks at it gets time to keep what is computed. */
  interrupt(): void {
    if (this.isInterrupted) return;
    const now = performance.now();
    const obeys = now - this.lookedAt < LOOKS_AGAIN || getEventListeners(this.signal, "abort").length > 0;
    this.mayRunUntil = now + (obeys ? GRACE : SHORT_GRACE);
    this.isInterrupted = true;
    this.controller.abort(new KeyboardInterrupt());
  }

  /** Milliseconds for which the interrupted cell may still go on; 0 or less when the time is over. */
  get timeLeft(): number {
    return this.mayRunUntil - performance.now();
  }

  /** Settles the cell; if it was interrupted, stops what it has begun. */
  settle(): void {
    this.isSettled = true;
    if (!this.isInterrupted) return;
    for (const undertaking of this.undertakings) undertaking.stop();
    this.undertakings.clear();
  }

  /** Whether an error is a consequence of the interrupt. */
  isByInterrupt(error: unknown): boolean {
    if (!this.isInterrupted) return false;
    for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
      if (at === this.signal.reason || at.name === "AbortError") return true;
    }
    return false;
  }

  /** Notes when code looks at the signal. */
  private observe(signal: AbortSignal): AbortSignal {
    const look = (): boolean => {
      this.lookedAt = performance.now();
      return this.isInterrupted;
    };
    setMaxListeners(0, signal); // many downloads, many processes: no leak
    return Object.defineProperties(signal, {
      aborted: { get: look },
      throwIfAborted: {
        value: () => {
          if (look()) throw signal.reason;
        },
      },
    });
  }
}

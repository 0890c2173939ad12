import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";
import type { CellContext } from "./cell-context.js";
import type { RunningCell } from "./running-cell.js";

/** On a timer: what an interrupt stops, and the cell it belongs to. */
const OWNED = Symbol("hashbook.cell-timer");

type Callback = (...args: unknown[]) => unknown;
type Start = (callback: Callback, ...rest: unknown[]) => Timer;
type Clear = (timer: unknown) => void;
type Timer = object & { [OWNED]?: { cell: RunningCell; stop(): void } };

/**
 * Makes timers belong to the cell that starts them: their callbacks run as its code, and its interrupt clears them. Covers
 * the globals, `node:timers` and `node:timers/promises`, whoever calls them.
 */
export function ownTimers(context: CellContext): void {
  replaceTimer(context, "setTimeout", "clearTimeout", true);
  replaceTimer(context, "setImmediate", "clearImmediate", true);
  replaceTimer(context, "setInterval", "clearInterval", false);
  abortWithCell(context, "setTimeout", 2);
  abortWithCell(context, "setInterval", 2);
  abortWithCell(context, "setImmediate", 1);
  const { queueMicrotask } = globalThis;
  globalThis.queueMicrotask = callback => queueMicrotask(context.bind(callback));
  const { nextTick } = process;
  process.nextTick = (callback: Callback, ...args: unknown[]) => nextTick(context.bind(callback), ...args);
  syncBuiltinESMExports();
}

function replaceTimer(
  context: CellContext,
  start: "setTimeout" | "setImmediate" | "setInterval",
  clear: "clearTimeout" | "clearImmediate" | "clearInterval",
  isOnce: boolean,
): void {
  const startIt = globalThis[start] as unknown as Start;
  const clearIt = globalThis[clear] as Clear;

  const startOwned = (callback: Callback, ...rest: unknown[]): Timer => {
    const cell = context.current;
    if (cell === undefined || typeof callback !== "function") return startIt(callback, ...rest);
    const run = function (this: unknown, ...args: unknown[]): void {
      if (isOnce) cell.undertakings.delete(undertaking);
      context.run(cell, () => callback.apply(this, args));
    };
    const timer = startIt(run, ...rest);
    const undertaking = { cell, stop: () => clearIt(timer) };
    timer[OWNED] = undertaking;
    if (cell.isInterrupted && cell.isSettled) clearIt(timer);
    else cell.undertakings.add(undertaking);
    return timer;
  };
  const clearOwned: Clear = timer => {
    const undertaking = typeof timer === "object" && timer !== null ? (timer as Timer)[OWNED] : undefined;
    if (undertaking !== undefined) undertaking.cell.undertakings.delete(undertaking);
    clearIt(timer);
  };
  Object.defineProperty(startOwned, promisify.custom, { get: () => timersPromises[start] });
  Object.assign(globalThis, { [start]: startOwned, [clear]: clearOwned });
  Object.assign(timers, { [start]: startOwned, [clear]: clearOwned });
}

/**
 * Waiting for a timer of `node:timers/promises` fails when the cell is interrupted.
 * @param at index of the argument with the options
 */
function abortWithCell(context: CellContext, name: "setTimeout" | "setImmediate" | "setInterval", at: number): void {
  const start = timersPromises[name] as (...args: unknown[]) => unknown;
  const startOwned = (...args: unknown[]): unknown => {
    const cell = context.current;
    if (cell === undefined) return start(...args);
    const options = (args[at] ?? {}) as { signal?: AbortSignal };
    const signal = options.signal === undefined ? cell.signal : AbortSignal.any([options.signal, cell.signal]);
    const before = args.slice(0, at);
    while (before.length < at) before.push(undefined);
    return start(...before, { ...options, signal });
  };
  Object.assign(timersPromises, { [name]: startOwned });
}

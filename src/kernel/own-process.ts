import { ChildProcess } from "node:child_process";
import { UsageError } from "../core/errors.js";
import type { CellContext } from "./cell-context.js";

/** Makes what cells do to processes theirs: no cell ends the kernel, and an interrupt ends what a cell has started. */
export function ownProcesses(context: CellContext): void {
  const { exit } = process;
  process.exit = code => {
    if (context.current === undefined) return exit.call(process, code);
    throw new UsageError(`process.exit(${code ?? ""}) in a cell would end the kernel`, {
      expected: "an error to end the cell, or a restart of the kernel to end that",
    });
  };
  // Of the class behind spawn, exec, execFile and fork alike.
  const prototype = ChildProcess.prototype as unknown as { spawn(this: ChildProcess, ...args: unknown[]): unknown };
  const { spawn } = prototype;
  prototype.spawn = function (...args) {
    const cell = context.current;
    const result = spawn.apply(this, args);
    if (cell === undefined) return result;
    const undertaking = { stop: () => void this.kill() };
    cell.undertakings.add(undertaking);
    this.once("exit", () => cell.undertakings.delete(undertaking));
    return result;
  };
}

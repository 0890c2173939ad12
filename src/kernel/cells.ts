import { join } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { CellContext } from "./cell-context.js";
import { CellErrors } from "./cell-errors.js";
import { CellInput } from "./cell-input.js";
import { CellNames } from "./cell-names.js";
import { CellOutput } from "./cell-output.js";
import { ownTimers } from "./cell-timers.js";
import { Executor } from "./executor.js";
import { hostCells } from "./host-cells.js";
import { ownProcesses } from "./own-process.js";
import { OwnTypeScript } from "./own-typescript.js";
import { ThreadGuard } from "./thread-guard.js";
import type { ToCells } from "./thread-messages.js";
import { cellRequire, tslabStandIn } from "./tslab-stand-in.js";
import { loadDisplays } from "./value-display.js";

/** Frames of an error: enough to reach from the depth of a library to the line of the cell. */
const LONGEST_STACK = 50;

/**
 * Runs cells on this thread, as the wire asks for it, and makes the process theirs: its streams, console, timers and
 * what nobody caught belong to the cell they come from.
 * @param port to the wire: takes {@link ToCells}, posts `ToWire`
 */
export function runCells(port: MessagePort): void {
  Error.stackTraceLimit = LONGEST_STACK;
  const output = new CellOutput(port);
  const guard = new ThreadGuard();
  const context: CellContext = new CellContext(cell => executor.stopZombie(cell));
  const ownTypeScript = new OwnTypeScript();
  const errors = new CellErrors(ownTypeScript);
  const host = hostCells({ output, context });
  const require = cellRequire(join(process.cwd(), "cell.js"), tslabStandIn(host));
  const executor = new Executor({ output, context, errors, guard, ownTypeScript, names: new CellNames(), require });
  new CellInput(output, context).offer();
  ownTimers(context);
  ownProcesses(context);
  process.on("uncaughtException", (error, origin) => {
    if (origin === "uncaughtException") executor.reportLate(error, context.takeCulprit());
  });
  process.on("unhandledRejection", (reason, promise) => executor.noteRejection(promise, reason));
  process.on("rejectionHandled", promise => executor.forgetRejection(promise));
  // While the compiler reads its own, so that no value waits for them; one that needs them is told of a failure.
  loadDisplays().catch(() => undefined);

  port.on("message", (message: ToCells) => {
    guard.recover();
    context.current = undefined;
    switch (message.type) {
      case "execute":
        return executor.execute(message);
      case "evaluate":
        return executor.evaluate(message);
      case "interrupt":
        return executor.interrupt(message.cell);
      case "shutdown":
        return output.send({ type: "bye" });
    }
  });
}

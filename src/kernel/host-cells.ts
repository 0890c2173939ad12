import type { CellHost } from "../core/cell-host.js";
import { offerCellHost } from "../core/cell-host.js";
import type { CellContext } from "./cell-context.js";
import type { CellOutput } from "./cell-output.js";
import { captureStream } from "./cell-output.js";

/** Gives cells what they have of the kernel: their streams, console, displays, signal. */
export function hostCells({ output, context }: { output: CellOutput; context: CellContext }): CellHost {
  for (const name of ["stdout", "stderr"] as const) {
    captureStream(process[name], text => {
      const cell = context.owner;
      if (cell !== undefined) output.write(cell.id, name, text);
      return cell !== undefined;
    });
  }
  const clearOutput = (wait: boolean): void => {
    const cell = context.owner;
    if (cell !== undefined) output.send({ type: "clear", cell: cell.id, wait });
  };
  console.clear = () => clearOutput(false);
  const host: CellHost = {
    display(content, update) {
      const cell = context.owner;
      if (cell !== undefined) output.send({ type: "display", cell: cell.id, content, update });
    },
    clearOutput,
    get signal() {
      const cell = context.current ?? context.latest;
      return cell === undefined || (cell !== context.current && cell.isSettled) ? undefined : cell.signal;
    },
  };
  offerCellHost(host);
  return host;
}

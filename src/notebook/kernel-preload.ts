// What a kernel of ours loads before tslab (node --import), and what makes up for what tslab lacks. tslab's files stay as
// they are. For a copy of tslab other than ours, which a study may have, only the first holds.
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { inspect } from "node:util";
import vm from "node:vm";
import { isMainThread, Worker } from "node:worker_threads";
import type { Publisher, Router } from "zeromq";
import { cellFileName, cellNumberIn } from "./cell-file-name.js";
import { ADDRESS_TAKEN } from "./connection.js";
import { type KernelReport, type LateReport, NO_PIPE } from "./kernel-reports.js";

/** What of zeromq a kernel sends by. */
interface Zeromq {
  Publisher: { prototype: Publisher };
  Router: { prototype: Router };
  Reply: { prototype: object };
}

/**
 * A thread waits on the pipe to us and ends the kernel, with all it started, when the pipe closes. So no kernel outlives
 * us however we die, even one in an endless loop.
 */
function endWithParent(fd: number): void {
  const watch = `
    const { Socket } = require("node:net");
    const end = () => { try { process.kill(-process.pid, "SIGKILL"); } catch { process.kill(process.pid, "SIGKILL"); } };
    new Socket({ fd: ${fd} }).on("close", end).on("error", end).resume();
  `;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}

/** Writes a line to us; waits where the pipe is full. */
function tell(fd: number, report: KernelReport): void {
  let bytes = Buffer.from(`${JSON.stringify(report)}\n`);
  for (let tries = 0; bytes.length > 0 && tries < 200; tries++) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Puts another function in the place of one that objects of a kind have in common. */
function replace(prototype: object, name: string, value: (this: never, ...words: never[]) => unknown): void {
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}

/**
 * zeromq.js puts one in 513 operations of a socket off to the next turn of the event loop, and until then throws at whoever
 * sends; tslab sends without waiting, so it lost lines that a cell printed, and sometimes the reply to a cell or its `idle`
 * status, for which a client then waits for ever. With a time-out of 0 sends are never put off, and without a limit on
 * what is in the queue they never fail. A taken address, which tslab only prints, ends the kernel.
 */
function sendAtOnce(prototype: object): void {
  const { bind } = prototype as Publisher;
  replace(prototype, "bind", async function (this: Publisher, address: string) {
    if ("sendTimeout" in this) Object.assign(this, { sendHighWaterMark: 0, sendTimeout: 0 });
    try {
      await bind.call(this, address);
    } catch (error) {
      writeSync(2, `cannot listen at ${address}: ${(error as Error).message}\n`);
      process.exit(ADDRESS_TAKEN);
    }
  });
}

/** tslab closes at once when it is asked to end; what timers of the last cell say after that is still heard. */
function publishToTheEnd(prototype: object): void {
  const { close } = prototype as Publisher;
  replace(prototype, "close", function (this: Publisher) {
    process.once("beforeExit", () => close.call(this));
  });
}

/** Follows by the statuses that the kernel publishes which cells have begun, in order; their requests' ids. */
function followCells(prototype: object, tellOf: (event: "begun" | "rested", cell: string) => void): string[] {
  const { send } = prototype as Publisher;
  const cells: string[] = [];
  replace(prototype, "send", function (this: Publisher, frames: string[]) {
    const [, parent, , content] = frames.slice(-4);
    const state = /^\{"execution_state":"(busy|idle)"\}$/.exec(content)?.[1];
    const { msg_type, msg_id } = state === undefined ? {} : JSON.parse(parent);
    if (msg_type !== "execute_request") return send.call(this, frames);
    if (state === "busy") {
      cells.push(msg_id);
      tellOf("begun", msg_id);
    } else {
      // By then all is known that it left rejected.
      setImmediate(() => tellOf("rested", msg_id));
    }
    return send.call(this, frames);
  });
  return cells;
}

/** Gives the code of each cell a name of its own in stack traces; tslab runs cells, and nothing else, in this way. */
function nameCells(cells: readonly string[]): void {
  const run = vm.runInThisContext;
  replace(vm, "runInThisContext", (code: string, options?: vm.RunningCodeOptions) =>
    run(code, options?.breakOnSigint ? { ...options, filename: cellFileName(cells.length) } : options),
  );
}

/** Tells us what is thrown where no one waits for it. tslab would print it into whichever cell runs by then. */
function reportLateErrors(cells: readonly string[], tellOf: (late: Omit<LateReport, "event">) => void): void {
  const events = ["uncaughtException", "unhandledRejection"];
  for (const event of events) {
    process.on(event, (thrown: unknown) => {
      const trace = inspect(thrown).slice(0, 20_000);
      if (cells.length === 0) console.error(`${event}:`, thrown);
      else if (process.listenerCount(event) === 1) {
        const number = cellNumberIn(trace);
        tellOf({ cell: cells[(number ?? cells.length) - 1], trace, known: number !== undefined });
      } // else the notebook takes care of it
    });
  }
  // The first two others are those of tslab, which print.
  const { on } = process;
  replace(process, "on", (event: string, listener: () => void) => {
    const place = events.indexOf(event);
    if (place < 0) return on.call(process, event, listener);
    events.splice(place, 1);
    if (events.length === 0) Reflect.deleteProperty(process, "on");
    return process;
  });
}

const pipe = process.env.HASHBOOK_KERNEL_PIPE;
// Not for what a cell starts: it inherits the arguments of Node, this file among them, but not this.
delete process.env.HASHBOOK_KERNEL_PIPE;
if (isMainThread && pipe !== undefined) {
  const { Publisher, Router, Reply }: Zeromq = createRequire(process.argv[1])("zeromq");
  for (const { prototype } of [Publisher, Router, Reply]) sendAtOnce(prototype);
  if (pipe !== NO_PIPE) reportTo(Number(pipe), Publisher.prototype);
}

/** Does what needs somebody at the other end: Jupyter is not there. */
function reportTo(fd: number, publisher: object): void {
  endWithParent(fd);
  publishToTheEnd(publisher);
  const cells = followCells(publisher, (event, cell) => tell(fd, { event, cell }));
  nameCells(cells);
  reportLateErrors(cells, late => tell(fd, { event: "late", ...late }));
}

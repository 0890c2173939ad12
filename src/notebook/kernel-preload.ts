/**
 * What a kernel of ours loads before tslab, as an ES module in text. tslab itself stays as it is.
 *
 * 1. A thread waits on a pipe to us and ends the kernel, with all it started, when the pipe closes. So no
 *    kernel outlives us however we die, even one in an endless loop.
 * 2. zeromq.js puts every 513th or so operation of a socket off to the next turn of the event loop, and until then throws
 *    at whoever sends; tslab sends without waiting, so it lost lines that a cell printed, and sometimes the reply to a cell
 *    or its `idle` status, for which a client then waits for ever. With a time-out of 0 sends are never put off, and
 *    without a limit on what is in the queue they never fail.
 *
 * @param tslabMain path of tslab's program
 */
export function kernelPreload(tslabMain: string): string {
  return `
import { createRequire } from "node:module";
import { isMainThread, Worker } from "node:worker_threads";

function endWithParent(fd) {
  const watch = \`
    const { Socket } = require("node:net");
    const end = () => { try { process.kill(-process.pid, "SIGKILL"); } catch { process.kill(process.pid, "SIGKILL"); } };
    new Socket({ fd: \${fd} }).on("close", end).on("error", end).resume();
  \`;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}

function sendAtOnce({ prototype }) {
  const { bind } = prototype;
  Object.defineProperty(prototype, "bind", {
    value(address) {
      this.sendHighWaterMark = 0;
      this.sendTimeout = 0;
      return bind.call(this, address);
    },
  });
}

const fd = Number(process.env.HASHBOOK_PARENT_PIPE);
delete process.env.HASHBOOK_PARENT_PIPE;
if (isMainThread && fd > 0) {
  endWithParent(fd);
  const { Publisher, Router } = createRequire(${JSON.stringify(tslabMain)})("zeromq");
  for (const kind of [Publisher, Router]) sendAtOnce(kind);
}
`;
}

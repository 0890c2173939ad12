/**
 * What a kernel of ours loads before tslab, as an ES module in text. tslab itself stays as it is.
 *
 * 1. A thread waits on a pipe to us and ends the kernel, with all it started, when the pipe closes. So no
 *    kernel outlives us however we die, even one in an endless loop.
 * 2. zeromq.js takes some 500 messages in one turn of the event loop and refuses the next, so tslab loses what a
 *    cell prints beyond that. Here they wait for the next turn instead, without a limit on their number.
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

function queueMessages({ Publisher }) {
  const { bind, send } = Publisher.prototype;
  const waiting = [];
  let atOnce = 0;
  let flushing = false;
  async function flush() {
    flushing = true;
    await new Promise(setImmediate);
    while (waiting.length > 0) await waiting.shift()();
    flushing = false;
  }
  const define = (name, value) => Object.defineProperty(Publisher.prototype, name, { value });
  define("bind", function (address) {
    this.sendHighWaterMark = 0;
    return bind.call(this, address);
  });
  define("send", function (message) {
    if (!flushing && atOnce < 200) {
      if (atOnce++ === 0) setImmediate(() => { atOnce = 0; });
      return send.call(this, message);
    }
    return new Promise(resolve => {
      waiting.push(() => send.call(this, message).then(resolve, resolve));
      if (!flushing) flush();
    });
  });
}

const fd = Number(process.env.HASHBOOK_PARENT_PIPE);
delete process.env.HASHBOOK_PARENT_PIPE;
if (isMainThread && fd > 0) {
  endWithParent(fd);
  queueMessages(createRequire(${JSON.stringify(tslabMain)})("zeromq"));
}
`;
}

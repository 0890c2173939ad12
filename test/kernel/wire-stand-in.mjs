// Runs lib/kernel/cells.js on the main thread, and on a worker what the wire does with it: executes the cells of job.json,
// interrupts them, answers questions, writes all messages of each into reports.json.
import { readFileSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import { isMainThread, MessageChannel, Worker, workerData } from "node:worker_threads";

if (isMainThread) {
  const { port1, port2 } = new MessageChannel();
  const folder = process.argv[2];
  const worker = new Worker(new URL(import.meta.url), { workerData: { port: port2, folder }, transferList: [port2] });
  worker.on("exit", code => process.reallyExit(code));
  const { runCells } = await import("../../lib/kernel/cells.js");
  runCells(port1);
} else {
  const { port, folder } = workerData;
  const steps = JSON.parse(readFileSync(join(folder, "job.json"), "utf8"));
  const session = new Session();
  session.connectToMainThread();
  let onMessage = () => {};
  port.on("message", message => onMessage(message));
  const reports = [];
  for (const step of steps) reports.push(await runStep(step));
  writeFileSync(join(folder, "reports.json"), JSON.stringify(reports));
  session.disconnect();
  process.exit(0);

  async function runStep({ request, interruptAfter, linger = 0, answers = [] }) {
    const messages = [];
    const cell = request.cell;
    let isAlive = false;
    let interruptedAt = Number.NaN;
    const ended = new Promise(resolve => {
      onMessage = message => {
        messages.push(message);
        if (message.type === "stream" && message.text === "runs\n" && interruptAfter !== undefined) interruptSoon();
        if (message.type === "interrupting") isAlive = true;
        if (message.type === "input") answer(message.answer, answers.shift());
        if (message.type === "ended") resolve(performance.now() - interruptedAt);
      };
    });
    port.postMessage(request);
    const interruptTook = await ended;
    await new Promise(resolve => setTimeout(resolve, linger));
    return { messages, interruptTook };

    function interruptSoon() {
      setTimeout(() => {
        interruptedAt = performance.now();
        port.postMessage({ type: "interrupt", cell });
        setTimeout(() => {
          if (isAlive) return;
          session.post("Runtime.terminateExecution");
          port.postMessage({ type: "interrupt", cell });
        }, 300);
      }, interruptAfter);
    }
  }

  function answer(buffer, text) {
    const state = new Int32Array(buffer, 0, 2);
    if (text === undefined) state[0] = 2;
    else {
      const bytes = new TextEncoder().encode(text);
      new Uint8Array(buffer, 8).set(bytes);
      state[1] = bytes.length;
      Atomics.store(state, 0, 1);
    }
    Atomics.notify(state, 0);
  }
}

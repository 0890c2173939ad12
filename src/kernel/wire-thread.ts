// The thread of the wire: never blocked by what a cell computes.
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { ConnectionInfo } from "../notebook/connection.js";
import { mainThreadTerminator } from "./main-thread-terminator.js";
import { type KernelParent, watchParent } from "./parent-watch.js";
import { Wire } from "./wire.js";
import { AddressTakenError } from "./wire-sockets.js";

/** What the thread is given at its start. */
export interface WireThreadData {
  info: ConnectionInfo;
  cells: MessagePort;
  compiler: MessagePort;
  parent: KernelParent;
  /** Whether code of the cells may be terminated. */
  survives: boolean;
}

/** What the thread tells the main thread: the sockets are closed; or could not be opened, and why. */
export type FromWireThread = { type: "closed" } | { type: "failed"; message: string; addressTaken: boolean };

/** What the main thread tells this one: signals of the system; that the process ends when `closed[0]` is set. */
export type ToWireThread = "interrupt" | "end" | { closed: Int32Array };

/** Milliseconds in which the last messages leave a process that must be killed, or in which an orphan must end by itself. */
const LAST_MESSAGES = 200;
const ORPHAN = 6000;

/** Ends the process, whatever its threads do, and what it has started. */
function kill(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL"); // it leads no group
  }
}

function wake(closed: Int32Array): void {
  Atomics.store(closed, 0, 1);
  Atomics.notify(closed, 0);
}

async function start({ info, cells, compiler, parent, survives }: WireThreadData, main: MessagePort): Promise<void> {
  let orphaned = false;
  const onClosed = (stuck: boolean): void => {
    // What cells have started ends with an orphan too.
    if (stuck || orphaned) setTimeout(kill, LAST_MESSAGES);
    else main.postMessage({ type: "closed" } satisfies FromWireThread);
  };
  let wire: Wire;
  try {
    const connect = survives ? mainThreadTerminator : undefined;
    wire = await Wire.start({ info, cells, compiler, connect, closed: onClosed });
  } catch (error) {
    const { message } = error as Error;
    const addressTaken = error instanceof AddressTakenError;
    main.postMessage({ type: "failed", message, addressTaken } satisfies FromWireThread);
    return;
  }
  main.on("message", (message: ToWireThread) => {
    if (message === "interrupt") void wire.interrupt();
    else if (message === "end") void wire.end();
    else void wire.leave().finally(() => wake(message.closed));
  });
  watchParent(parent, () => {
    orphaned = true;
    setTimeout(kill, ORPHAN);
    void wire.end();
  });
}

if (parentPort === null) throw new Error("wire-thread.js is started by start-kernel.js only");
void start(workerData, parentPort);

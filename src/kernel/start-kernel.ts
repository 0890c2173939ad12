// Starts the kernel. Loads as little as can be before the compiler's thread is under way, which takes longest.
import { writeSync } from "node:fs";
import { MessageChannel, Worker } from "node:worker_threads";
import { takeParent } from "./parent-watch.js";
import type { FromWireThread, ToWireThread, WireThreadData } from "./wire-thread.js";

/** Ends the process with a sentence on stderr, which cells do not capture. */
function fail(sentence: string, code: number): never {
  writeSync(2, `hashbook: ${sentence}\n`);
  process.exit(code);
}

/** Starts a thread of the kernel. Without any of them it is none: the process ends when one fails. */
function startThread(file: string, workerData: object, ports: MessageChannel["port1"][]): Worker {
  const worker = new Worker(new URL(file, import.meta.url), { workerData, transferList: ports });
  return worker.once("error", error => fail(`a thread of the kernel failed: ${error.stack ?? error.message}`, 1));
}

/**
 * Turns this process into a kernel; it ends by itself.
 * @param connectionFile path of the file that says where its front end wants to meet it
 * @throws {InputError} when the file cannot be read or is none
 */
export async function startKernel(connectionFile: string): Promise<void> {
  const toCompiler = new MessageChannel();
  const toCells = new MessageChannel();
  startThread("./compiler-thread.js", { port: toCompiler.port2, folder: process.cwd() }, [toCompiler.port2]);
  const parent = takeParent(process.env);
  const { readConnectionFile } = await import("./connection-file.js");
  const info = await readConnectionFile(connectionFile);
  const { survivesTermination } = await import("./thread-guard.js");
  const survives = survivesTermination();
  const data: WireThreadData = { info, cells: toCells.port1, compiler: toCompiler.port1, parent, survives };
  const wire = startThread("./wire-thread.js", data, [data.cells, data.compiler]);
  const { ADDRESS_TAKEN } = await import("../notebook/connection.js");
  wire.on("message", (message: FromWireThread) => {
    if (message.type === "closed") process.exit(0);
    fail(message.message, message.addressTaken ? ADDRESS_TAKEN : 1);
  });
  const { runCells } = await import("./cells.js");
  runCells(toCells.port2);
  const tell = (message: ToWireThread): void => wire.postMessage(message);
  // A cell may end the process; with sockets of a thread open that would be a crash, and its last words be lost.
  process.once("exit", () => {
    const closed = new Int32Array(new SharedArrayBuffer(4));
    tell({ closed });
    Atomics.wait(closed, 0, 0, 1000);
  });
  process.on("SIGINT", () => tell("interrupt"));
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => tell("end"));
}

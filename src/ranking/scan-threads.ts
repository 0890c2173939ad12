import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InputError } from "../core/errors.js";
import { KERNEL_BYTES } from "./kernel-bytes.js";
import type { ScanPlan } from "./scan-memory.js";
import { CONTROL, JOB } from "./scan-memory.js";

/** Code words (8 bytes) compared below which starting another thread costs more than it saves; about 50 ms of work. */
const WORTH_A_THREAD = 5e7;
/** Milliseconds of work on this thread after which timers, signals and output get their turn. */
const TURN = 50;

/**
 * Threads to use, this one included.
 * @param asked what the caller wants; undefined: all cores, as far as there is work for them
 * @throws {InputError} unless an integer of at least 1 is asked for
 */
export function scanThreads(asked: number | undefined, queries: number, database: number, bits: number): number {
  if (asked === undefined) {
    const work = queries * database * Math.ceil(bits / 64);
    return Math.max(1, Math.min(availableParallelism(), Math.floor(work / WORTH_A_THREAD) + 1));
  }
  if (Number.isInteger(asked) && asked >= 1 && asked <= 256) return asked;
  throw new InputError("number of threads out of range", { expected: "an integer in 1..256", actual: `${asked}` });
}

/**
 * Runs a scan on all its threads and yields the slots of finished blocks in the order of the blocks. This thread takes
 * its share of blocks, so that small scans need no other. A slot is valid until the next one is asked for. Threads end
 * when the last block is read, or the generator is left early.
 * @param signal ends the scan with its reason
 */
export async function* finishedBlocks(plan: ScanPlan, signal?: AbortSignal): AsyncGenerator<number, void> {
  const { memory, blocks, slots, kernel } = plan;
  const module = kernelModule();
  const run = new WebAssembly.Instance(module, { env: { memory } }).exports[kernel] as KernelFunction;
  const control = new Int32Array(memory.buffer, 0, CONTROL.finished + slots);
  const crew = new Crew(plan, module);
  let taken = Atomics.add(control, CONTROL.next, 1);
  let turn = performance.now();
  try {
    for (let block = 0; block < blocks; ) {
      signal?.throwIfAborted();
      const slot = block % slots;
      if (Atomics.load(control, CONTROL.finished + slot) === block + 1) {
        yield slot;
        block++;
        Atomics.store(control, CONTROL.consumed, block);
        Atomics.notify(control, CONTROL.consumed);
      } else if (taken < Math.min(blocks, block + slots)) {
        run(JOB, taken, taken % slots, 0);
        Atomics.store(control, CONTROL.finished + (taken % slots), taken + 1);
        taken = Atomics.add(control, CONTROL.next, 1);
      } else await crew.news();
      if (performance.now() - turn < TURN) continue;
      await new Promise(resolve => setImmediate(resolve));
      turn = performance.now();
    }
  } finally {
    await crew.dismiss();
  }
}

/** Compiled once a process: a new module would be compiled, and optimised while it runs, again for every scan. */
let compiled: WebAssembly.Module | undefined;

function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BYTES, "base64"));
  return compiled;
}

type KernelFunction = (job: number, block: number, slot: number, thread: number) => void;

/** The other threads of a scan. */
class Crew {
  private readonly workers: Worker[] = [];
  private failure: unknown;
  private wake: () => void = () => {};

  constructor(plan: ScanPlan, module: WebAssembly.Module) {
    const { memory, kernel, blocks, slots } = plan;
    for (let thread = 1; thread < plan.threads; thread++) {
      const workerData: ScanWorkerData = { memory, module, kernel, blocks, slots, thread, CONTROL, JOB };
      // The function is shipped as text: it then runs from src/ as well as from lib/, without a file to find.
      const worker = new Worker(`(${scanWorker.toString()})()`, { eval: true, execArgv: [], workerData });
      worker.on("message", () => this.wake());
      worker.on("error", error => {
        this.failure = error;
        this.wake();
      });
      this.workers.push(worker);
    }
  }

  /**
   * Waits until a worker finishes a block. None is missed: messages arrive in a later turn of the event loop than the
   * one in which the caller has looked in vain.
   */
  async news(): Promise<void> {
    await new Promise<void>(resolve => {
      this.wake = resolve;
    });
    if (this.failure !== undefined) throw this.failure;
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.workers.map(worker => worker.terminate()));
  }
}

interface ScanWorkerData {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly kernel: string;
  readonly blocks: number;
  readonly slots: number;
  readonly thread: number;
  readonly CONTROL: typeof CONTROL;
  readonly JOB: number;
}

/** All a worker does: take the next block, wait until its slot is free, run the kernel. It must not refer to its module. */
function scanWorker(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { memory, module, kernel, blocks, slots, thread, CONTROL, JOB } = workerData as ScanWorkerData;
  const run = new WebAssembly.Instance(module, { env: { memory } }).exports[kernel] as KernelFunction;
  const control = new Int32Array(memory.buffer);
  for (;;) {
    const block = Atomics.add(control, CONTROL.next, 1);
    if (block >= blocks) break;
    let consumed = Atomics.load(control, CONTROL.consumed);
    while (block >= consumed + slots) {
      Atomics.wait(control, CONTROL.consumed, consumed);
      consumed = Atomics.load(control, CONTROL.consumed);
    }
    run(JOB, block, block % slots, thread);
    Atomics.store(control, CONTROL.finished + (block % slots), block + 1);
    parentPort!.postMessage(block);
  }
}

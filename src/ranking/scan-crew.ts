import { Worker } from "node:worker_threads";
import { KERNEL_BYTES } from "./kernel-bytes.js";
import type { Kernel, ScanPlan } from "./scan-memory.js";
import { CONTROL, JOB, scanMemory } from "./scan-memory.js";

/** Milliseconds after which threads and memory that no scan asked for again are let go. */
const PATIENCE = 5000;
/** A larger memory is not kept, in bytes. */
const KEPT_MEMORY = 256 << 20;

/**
 * Threads with the memory they share. A crew is kept for the next scan, since starting a thread takes longer than many
 * a scan (some 30 ms), and the pages of a fresh memory have to be fetched one by one.
 */
let kept: ScanCrew | undefined;
let release: NodeJS.Timeout | undefined;

/** The crew that is kept, or a new one where it is at work. */
export function takeCrew(): ScanCrew {
  clearTimeout(release);
  const crew = kept;
  kept = undefined;
  if (crew?.failure === undefined) return crew ?? new ScanCrew();
  // A thread died while nobody asked for it.
  void crew.dismiss();
  return new ScanCrew();
}

/** Keeps the crew for the next scan, for a while; it does not keep the process alive. */
export async function giveBackCrew(crew: ScanCrew): Promise<void> {
  if (kept !== undefined || crew.failure !== undefined || crew.memory.buffer.byteLength > KEPT_MEMORY) {
    await crew.dismiss();
    return;
  }
  kept = crew;
  release = setTimeout(releaseCrew, PATIENCE);
  release.unref();
}

/** Ends the threads that are kept and forgets their memory. */
export async function releaseCrew(): Promise<void> {
  clearTimeout(release);
  const crew = kept;
  kept = undefined;
  await crew?.dismiss();
}

/** Threads that would start at once, the calling one included. */
export function readyThreads(): number {
  return 1 + (kept?.failure === undefined ? (kept?.workers.length ?? 0) : 0);
}

/** Compiled once a process: a new module would be compiled, and optimised while it runs, again for every scan. */
let compiled: WebAssembly.Module | undefined;

type KernelFunction = (job: number, block: number, slot: number, thread: number) => void;

export class ScanCrew {
  readonly memory: WebAssembly.Memory = scanMemory();
  /** The others of the crew, in their numbers from 1. */
  readonly workers: Worker[] = [];
  failure: unknown;
  private readonly control: Int32Array = new Int32Array(this.memory.buffer, 0, CONTROL_WORDS);
  private readonly module: WebAssembly.Module;
  private readonly kernels: WebAssembly.Exports;
  private scan: number = 0;
  private wake: () => void = () => {};

  constructor() {
    compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BYTES, "base64"));
    this.module = compiled;
    this.kernels = new WebAssembly.Instance(compiled, { env: { memory: this.memory } }).exports;
  }

  kernel(name: Kernel): KernelFunction {
    return this.kernels[name] as KernelFunction;
  }

  /** Sets the other threads of the plan to work; returns the control words. */
  start({ threads, kernel, blocks, slots }: ScanPlan): Int32Array {
    // Between these lies the job.
    this.control.fill(0, 0, JOB / 4);
    this.control.fill(0, CONTROL.finished);
    this.scan++;
    Atomics.store(this.control, CONTROL.scan, this.scan);
    while (this.workers.length < threads - 1) this.workers.push(this.hire(this.workers.length + 1));
    for (const worker of this.workers.slice(0, threads - 1)) {
      worker.ref();
      worker.postMessage({ scan: this.scan, kernel, blocks, slots } satisfies ScanTask);
    }
    return this.control;
  }

  /**
   * Ends the scan. Threads that have not begun with it will not; those at work have just found that there is no more
   * to do, unless the scan is left early: then they are ended too.
   */
  async finish(early: boolean): Promise<void> {
    Atomics.store(this.control, CONTROL.scan, 0);
    for (const [i, worker] of this.workers.entries()) {
      const working = CONTROL.working + i + 1;
      if (early && Atomics.load(this.control, working) !== 0) this.failure ??= new Error("a thread was ended");
      while (this.failure === undefined && Atomics.load(this.control, working) !== 0) {
        Atomics.wait(this.control, working, this.scan, 10);
      }
      worker.unref();
    }
  }

  /**
   * Waits until a worker finishes a block. None is missed: messages arrive in a later turn of the event loop than the
   * one in which the caller has looked in vain.
   * @throws what a worker failed with, be it before: nothing more would come of it
   */
  async news(): Promise<void> {
    if (this.failure === undefined) {
      await new Promise<void>(resolve => {
        this.wake = resolve;
      });
    }
    if (this.failure !== undefined) throw this.failure;
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.workers.map(worker => worker.terminate()));
  }

  private hire(thread: number): Worker {
    const workerData: ScanWorkerData = { memory: this.memory, module: this.module, thread, CONTROL, JOB };
    // The function is shipped as text: it then runs from src/ as well as from lib/, without a file to find.
    const worker = new Worker(`(${scanWorker.toString()})()`, { eval: true, execArgv: [], workerData });
    worker.on("message", () => this.wake());
    worker.on("error", error => {
      this.failure = error;
      this.wake();
    });
    return worker;
  }
}

/** Words of control at the start of the memory. */
const CONTROL_WORDS = 1024;

interface ScanTask {
  readonly scan: number;
  readonly kernel: Kernel;
  readonly blocks: number;
  readonly slots: number;
}

interface ScanWorkerData {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly thread: number;
  readonly CONTROL: typeof CONTROL;
  readonly JOB: number;
}

/**
 * All a worker does: take the next block, wait until its slot is free, run the kernel, until there is none left; then
 * wait for the next scan. It must not refer to its module.
 */
function scanWorker(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { memory, module, thread, CONTROL, JOB } = workerData as ScanWorkerData;
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const control = new Int32Array(memory.buffer);
  const working = CONTROL.working + thread;
  parentPort!.on("message", ({ scan, kernel, blocks, slots }: ScanTask) => {
    // First to say that one works, then to look whether the scan goes on: whoever ends it does so the other way round.
    Atomics.store(control, working, scan);
    while (Atomics.load(control, CONTROL.scan) === scan) {
      const block = Atomics.add(control, CONTROL.next, 1);
      if (block >= blocks) break;
      let consumed = Atomics.load(control, CONTROL.consumed);
      while (block >= consumed + slots) {
        Atomics.wait(control, CONTROL.consumed, consumed);
        consumed = Atomics.load(control, CONTROL.consumed);
      }
      (kernels[kernel] as KernelFunction)(JOB, block, block % slots, thread);
      Atomics.store(control, CONTROL.finished + (block % slots), block + 1);
      parentPort!.postMessage(block);
    }
    Atomics.store(control, working, 0);
    Atomics.notify(control, working);
  });
}

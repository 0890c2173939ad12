import { Worker } from "node:worker_threads";
import { checkAborted } from "../core/abort.js";
import { GALLERY_BYTES } from "./gallery-bytes.js";
import type { GallerySegment } from "./gallery-segment.js";
import { GALLERY_JOB } from "./gallery-segment.js";

/** Int32 words by which the threads of a gallery agree. */
const CONTROL = {
  /** The number of the pass; threads wait for it to change. */
  pass: 0,
  /** Threads that have not finished the pass. */
  working: 16,
  /** The segment passed over. */
  segment: 17,
  /** Not 0: leave the pass. */
  stop: 18,
} as const;
const CONTROL_WORDS = 32;
/** Chunks after which a thread looks whether it is to stop. */
const CHUNKS = 8;
/** Milliseconds of work on this thread after which timers, signals and output get their turn. */
const TURN = 20;

interface GalleryKernels {
  begin(job: number, thread: number): void;
  search(job: number, thread: number, chunks: number): number;
}

interface GalleryWorkerData {
  readonly memories: readonly WebAssembly.Memory[];
  readonly module: WebAssembly.Module;
  readonly control: SharedArrayBuffer;
  readonly thread: number;
  readonly CONTROL: typeof CONTROL;
  readonly CHUNKS: number;
  readonly JOB: number;
}

/**
 * The threads of a gallery. They stay as long as it does and sleep between passes: telling them by a shared word takes
 * microseconds, where a message takes a turn of two event loops.
 */
export class GalleryCrew {
  private readonly control: Int32Array = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  private readonly kernels: readonly GalleryKernels[];
  private readonly workers: readonly Worker[];
  private failure: unknown;

  private constructor(
    segments: readonly GallerySegment[],
    readonly threads: number,
  ) {
    const memories = segments.map(({ memory }) => memory);
    const module = new WebAssembly.Module(Buffer.from(GALLERY_BYTES, "base64"));
    this.kernels = memories.map(
      memory => new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as GalleryKernels,
    );
    const control = this.control.buffer as SharedArrayBuffer;
    const shared = { memories, module, control, CONTROL, CHUNKS, JOB: GALLERY_JOB };
    this.workers = Array.from({ length: threads - 1 }, (_, i) => this.hire({ ...shared, thread: i + 1 }));
  }

  /** Threads over these segments, the calling one included; there when it resolves. */
  static async start(segments: readonly GallerySegment[], threads: number): Promise<GalleryCrew> {
    const crew = new GalleryCrew(segments, threads);
    const ready = crew.workers.map(
      worker =>
        new Promise((resolve, reject) => {
          worker.once("message", resolve);
          worker.once("error", reject);
        }),
    );
    try {
      await Promise.all(ready);
    } catch (error) {
      await crew.dismiss(); // those that wait for a pass would wait for ever
      throw error;
    }
    // Asleep, they do not keep the process alive.
    for (const worker of crew.workers) worker.unref();
    return crew;
  }

  /**
   * Runs the pass that the segment is prepared for, on all threads or on this one alone. Timers and output get their turn
   * meanwhile.
   * @throws the reason of an abort, or what a thread failed with
   */
  async pass(segment: number, alone: boolean, signal?: AbortSignal): Promise<void> {
    const { control } = this;
    const others = alone ? 0 : this.threads - 1;
    Atomics.store(control, CONTROL.stop, 0);
    if (others > 0) {
      Atomics.store(control, CONTROL.segment, segment);
      Atomics.store(control, CONTROL.working, others);
      Atomics.add(control, CONTROL.pass, 1);
      Atomics.notify(control, CONTROL.pass);
    }
    try {
      const kernels = this.kernels[segment];
      kernels.begin(GALLERY_JOB, 0);
      let turn = performance.now();
      while (kernels.search(GALLERY_JOB, 0, CHUNKS) !== 0) {
        if (performance.now() - turn < TURN) continue;
        await new Promise(resolve => setImmediate(resolve));
        checkAborted(signal);
        turn = performance.now();
      }
    } catch (error) {
      Atomics.store(control, CONTROL.stop, 1);
      throw error;
    } finally {
      if (others > 0) await this.othersFinished();
    }
  }

  /** They are in their last chunk, or leave. */
  private async othersFinished(): Promise<void> {
    const { control } = this;
    for (let waits = 1; ; waits++) {
      const working = Atomics.load(control, CONTROL.working);
      if (working === 0) return;
      if (this.failure !== undefined) throw this.failure;
      Atomics.wait(control, CONTROL.working, working, 1);
      if (waits % TURN === 0) await new Promise(resolve => setImmediate(resolve));
    }
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.workers.map(worker => worker.terminate()));
  }

  private hire(workerData: GalleryWorkerData): Worker {
    // The function is shipped as text: it then runs from src/ as well as from lib/, without a file to find.
    const worker = new Worker(`(${galleryWorker.toString()})()`, { eval: true, execArgv: [], workerData });
    worker.on("error", error => {
      this.failure = error;
    });
    return worker;
  }
}

/** All a worker does: sleep until there is a pass, and take part. It must not refer to its module. */
function galleryWorker(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { memories, module, control: shared, thread, CONTROL, CHUNKS, JOB } = workerData as GalleryWorkerData;
  const kernels = memories.map(
    memory => new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as GalleryKernels,
  );
  const control = new Int32Array(shared);
  let pass = Atomics.load(control, CONTROL.pass);
  parentPort!.postMessage("ready");
  for (;;) {
    Atomics.wait(control, CONTROL.pass, pass);
    const next = Atomics.load(control, CONTROL.pass);
    if (next === pass) continue;
    pass = next;
    const { begin, search } = kernels[Atomics.load(control, CONTROL.segment)];
    begin(JOB, thread);
    while (search(JOB, thread, CHUNKS) !== 0 && Atomics.load(control, CONTROL.stop) === 0);
    Atomics.sub(control, CONTROL.working, 1);
    Atomics.notify(control, CONTROL.working);
  }
}

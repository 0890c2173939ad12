import { Worker } from "node:worker_threads";
// Loaded here first: in a thread that loads it first, its telemetry cannot be turned off.
import "../compute/onnxruntime.js";
import type {
  EmbeddedPicture,
  EmbeddingNews,
  EmbeddingOrder,
  EmbeddingSource,
  EmbeddingThreadData,
} from "./embedding-order.js";
import { Refusal } from "./refusal.js";

/** The program of the threads; built, because they run without this one's loader. */
const PROGRAM = new URL("../../lib/service/embedding-thread.js", import.meta.url);

/** Threads in a row that end before they are ready, and no other is started until the next picture comes. */
const MOST_FAILED_STARTS = 20;

interface Job {
  readonly order: EmbeddingOrder;
  /** Runs while a thread works on it. */
  patience?: NodeJS.Timeout;
  resolve(made: EmbeddedPicture): void;
  reject(cause: Error): void;
}

/** Settings of {@link EmbeddingCrew.start}. */
export interface EmbeddingCrewOptions extends EmbeddingThreadData {
  /** Threads, 1 or more: one a core. */
  readonly threads: number;
  /** Seconds of work on one picture; then it is refused, and another thread takes the place of the one that has it. */
  readonly seconds: number;
  /** Default: the one of this package. */
  readonly program?: URL;
  /** Told when a thread ended on its own, and another was started. */
  readonly onLost?: (why: string) => void;
}

/**
 * Threads that make features and codes of pictures, each one picture at a time, with programs of their own that were
 * compiled once: onnxruntime keeps the thread that calls it busy, so none of it is the one that answers requests.
 */
export class EmbeddingCrew {
  private readonly idle: Worker[] = [];
  private readonly all: Map<Worker, Job | undefined> = new Map();
  private readonly waiting: Job[] = [];
  private orders: number = 0;
  private failedStarts: number = 0;
  private ended: boolean = false;

  private constructor(private readonly options: EmbeddingCrewOptions) {}

  /**
   * Starts the threads and waits until they are ready.
   * @throws {Error} when a thread cannot open a network
   */
  static async start(options: EmbeddingCrewOptions): Promise<EmbeddingCrew> {
    const crew = new EmbeddingCrew(options);
    try {
      await Promise.all(Array.from({ length: options.threads }, () => crew.hire()));
    } catch (error) {
      await crew.dismiss();
      throw error;
    }
    return crew;
  }

  /**
   * Makes feature and relaxed codes of one picture, when a thread is free.
   * @throws {Refusal} when it is no picture, too large, cannot be decoded, or takes too long
   */
  embed(network: number, source: EmbeddingSource): Promise<EmbeddedPicture> {
    return new Promise((resolve, reject) => {
      if (this.ended) throw new Refusal("stopping", "the service is ending; ask again later");
      this.waiting.push({ order: { id: this.orders++, network, source }, resolve, reject });
      if (this.all.size === 0) this.tryAgain();
      this.dispatch();
    });
  }

  /** Ends the threads; what they have not finished is refused. */
  async dismiss(): Promise<void> {
    this.ended = true;
    const left = [...this.waiting.splice(0), ...[...this.all.values()].filter(job => job !== undefined)];
    for (const { patience, reject } of left) {
      clearTimeout(patience);
      reject(new Refusal("stopping", "the service is ending; ask again later"));
    }
    await Promise.all([...this.all.keys()].map(worker => worker.terminate()));
  }

  private dispatch(): void {
    while (this.idle.length > 0 && this.waiting.length > 0) {
      const worker = this.idle.shift()!;
      const job = this.waiting.shift()!;
      this.all.set(worker, job);
      job.patience = setTimeout(() => this.giveUp(worker), 1000 * this.options.seconds);
      worker.postMessage(job.order);
    }
  }

  /** No thread is left: what was wrong with them may be over. */
  private tryAgain(): void {
    this.failedStarts = 0;
    this.hire().catch(() => {}); // told by its own exit
  }

  /** Refuses a picture that takes too long. Its thread ends when the decoder lets it; another begins now. */
  private giveUp(worker: Worker): void {
    const { seconds } = this.options;
    this.all.get(worker)?.reject(new Refusal("timeout", `the work on this picture took longer than ${seconds} s`));
    this.all.delete(worker);
    worker.removeAllListeners();
    worker.on("error", () => {}); // of a thread that is gone
    void worker.terminate();
    this.options.onLost?.(`a picture took longer than ${seconds} s`);
    this.hire().catch(() => {});
  }

  /** Starts a thread; resolves when it is ready. */
  private hire(): Promise<void> {
    const { networks, pixels } = this.options;
    const workerData: EmbeddingThreadData = { networks, pixels };
    const worker = new Worker(this.options.program ?? PROGRAM, { execArgv: [], workerData });
    this.all.set(worker, undefined);
    return new Promise((resolve, reject) => {
      let isReady = false;
      worker.on("message", (news: EmbeddingNews) => {
        isReady = true;
        this.hear(worker, news, resolve);
        this.idle.push(worker);
        this.dispatch();
      });
      let fault: Error | undefined;
      worker.on("error", cause => {
        fault = cause;
        reject(cause);
      });
      worker.on("exit", code => {
        const why = fault ?? new Error(`a thread ended with exit code ${code}`);
        reject(why);
        this.replace(worker, why, isReady);
      });
    });
  }

  /** @param isReady told when a new thread is */
  private hear(worker: Worker, news: EmbeddingNews, isReady: () => void): void {
    const job = this.all.get(worker);
    this.all.set(worker, undefined);
    clearTimeout(job?.patience);
    switch (news.kind) {
      case "ready":
        this.failedStarts = 0;
        isReady();
        return;
      case "made":
        job?.resolve(news.made);
        return;
      case "refused":
        job?.reject(new Refusal(news.code, news.message));
        return;
      case "failed":
        job?.reject(new Error(news.message));
    }
  }

  /** A thread that ended on its own takes its picture with it; another takes its place. @param wasReady before it ended */
  private replace(worker: Worker, why: Error, wasReady: boolean): void {
    const job = this.all.get(worker);
    this.all.delete(worker);
    const at = this.idle.indexOf(worker);
    if (at >= 0) this.idle.splice(at, 1);
    clearTimeout(job?.patience);
    job?.reject(why);
    if (this.ended) return;
    if (!wasReady) this.failedStarts++;
    this.options.onLost?.(why.message);
    if (this.failedStarts <= MOST_FAILED_STARTS)
      this.hire().catch(() => {}); // told by its own exit
    else if (this.all.size === 0) for (const { reject } of this.waiting.splice(0)) reject(why);
  }
}

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

/** Threads that end on their own before one is not replaced again: something is wrong with all of them. */
const MOST_LOST = 20;

interface Job {
  readonly order: EmbeddingOrder;
  resolve(made: EmbeddedPicture): void;
  reject(cause: Error): void;
}

/** Settings of {@link EmbeddingCrew.start}. */
export interface EmbeddingCrewOptions extends EmbeddingThreadData {
  /** Threads, 1 or more: one a core. */
  readonly threads: number;
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
  private lost: number = 0;
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
   * @throws {Refusal} when it is no picture, too large, or cannot be decoded
   */
  embed(network: number, source: EmbeddingSource): Promise<EmbeddedPicture> {
    return new Promise((resolve, reject) => {
      if (this.ended) throw new Refusal("stopping", "the service is ending; ask again later");
      this.waiting.push({ order: { id: this.orders++, network, source }, resolve, reject });
      this.dispatch();
    });
  }

  /** Ends the threads; what they have not finished is refused. */
  async dismiss(): Promise<void> {
    this.ended = true;
    const left = [...this.waiting.splice(0), ...[...this.all.values()].filter(job => job !== undefined)];
    for (const { reject } of left) reject(new Refusal("stopping", "the service is ending; ask again later"));
    await Promise.all([...this.all.keys()].map(worker => worker.terminate()));
  }

  private dispatch(): void {
    while (this.idle.length > 0 && this.waiting.length > 0) {
      const worker = this.idle.shift()!;
      const job = this.waiting.shift()!;
      this.all.set(worker, job);
      worker.postMessage(job.order);
    }
  }

  /** Starts a thread; resolves when it is ready. */
  private hire(): Promise<void> {
    const { networks, pixels } = this.options;
    const workerData: EmbeddingThreadData = { networks, pixels };
    const worker = new Worker(PROGRAM, { execArgv: [], workerData });
    this.all.set(worker, undefined);
    return new Promise((resolve, reject) => {
      worker.on("message", (news: EmbeddingNews) => {
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
        this.replace(worker, why);
      });
    });
  }

  /** @param isReady told when a new thread is */
  private hear(worker: Worker, news: EmbeddingNews, isReady: () => void): void {
    const job = this.all.get(worker);
    this.all.set(worker, undefined);
    switch (news.kind) {
      case "ready":
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

  /** A thread that ended on its own takes its picture with it; another takes its place. */
  private replace(worker: Worker, why: Error): void {
    const job = this.all.get(worker);
    this.all.delete(worker);
    const at = this.idle.indexOf(worker);
    if (at >= 0) this.idle.splice(at, 1);
    job?.reject(why);
    if (this.ended) return;
    this.lost++;
    this.options.onLost?.(why.message);
    if (this.lost <= MOST_LOST)
      this.hire().catch(() => {}); // told by its own exit
    else if (this.all.size === 0) for (const { reject } of this.waiting.splice(0)) reject(why);
  }
}

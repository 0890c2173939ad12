import { Refusal } from "./refusal.js";

/** Settings of an {@link Admission}. */
export interface AdmissionOptions {
  /** Requests worked on at a time, 1 or more. */
  readonly running: number;
  /** Requests that may wait for that, 0 or more. */
  readonly waiting: number;
  /** Seconds that one waits at most. */
  readonly seconds: number;
}

interface Waiter {
  enter(): void;
  refuse(refusal: Error): void;
}

/** Share of the newest request in the mean of how long requests take. */
const NEWEST = 0.1;

/** Lets so many requests work at a time and so many wait in order; whoever comes beyond is told when to come again. */
export class Admission {
  private working: number = 0;
  private readonly queue: Waiter[] = [];
  /** Mean seconds of work a request. */
  private mean: number = 0;

  constructor(private readonly options: AdmissionOptions) {}

  /** Requests that are worked on. */
  get running(): number {
    return this.working;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.queue.length;
  }

  /** @throws {Refusal} busy, when one more could not even wait; asked before a body is read */
  checkRoom(): void {
    if (this.working < this.options.running || this.queue.length < this.options.waiting) return;
    throw this.busy(`all ${this.options.running} places are taken and ${this.queue.length} requests wait`);
  }

  /**
   * Does work when its turn comes.
   * @param signal of the client: when it goes away, its request leaves the queue
   * @throws {Refusal} busy, when there is no room, or the wait takes too long
   */
  async enter<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.checkRoom();
    if (this.working < this.options.running) this.working++;
    else await this.turn(signal);
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.note((performance.now() - started) / 1000);
      const next = this.queue.shift(); // its place is handed on
      if (next === undefined) this.working--;
      else next.enter();
    }
  }

  /** Waits in the queue. */
  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const leave = (why: Error): void => {
        const at = this.queue.indexOf(waiter);
        if (at >= 0) this.queue.splice(at, 1);
        waiter.refuse(why);
      };
      const onAbort = (): void => leave(new Refusal("timeout", "the client went away while it waited"));
      const { seconds } = this.options;
      const timer = setTimeout(() => leave(this.busy(`no place was free for ${seconds} s`)), 1000 * seconds);
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter: Waiter = {
        enter() {
          settle();
          resolve();
        },
        refuse(why) {
          settle();
          reject(why);
        },
      };
      this.queue.push(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted) onAbort();
    });
  }

  private busy(what: string): Refusal {
    const seconds = Math.ceil((this.mean * (this.queue.length + 1)) / this.options.running);
    const retryAfter = Math.max(1, seconds);
    return new Refusal("busy", `the service is busy: ${what}; ask again in ${retryAfter} s`, retryAfter);
  }

  private note(seconds: number): void {
    this.mean = this.mean === 0 ? seconds : (1 - NEWEST) * this.mean + NEWEST * seconds;
  }
}

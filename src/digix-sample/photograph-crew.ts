import { Worker } from "node:worker_threads";
import type { Shot } from "./jpeg-photograph.js";
import type { ShotNews, ShotOrder } from "./photograph-thread.js";

/** The program of the threads; built, because they run without this one's loader. */
const PROGRAM = new URL("../../lib/digix-sample/photograph-thread.js", import.meta.url);

/** Products a thread photographs at a time: one is drawn while another is compressed, or written. */
const AT_A_TIME = 2;

/** A thread that takes photographs. */
class PhotographThread {
  private readonly worker: Worker = new Worker(PROGRAM, { execArgv: [] });
  private readonly waiting: Map<number, { resolve: (jpeg: Uint8Array) => void; reject: (cause: unknown) => void }> =
    new Map();
  private orders: number = 0;

  constructor() {
    this.worker.on("message", (news: ShotNews) => {
      const one = this.waiting.get(news.id);
      this.waiting.delete(news.id);
      if ("fault" in news) one?.reject(news.fault);
      else one?.resolve(news.jpeg);
    });
    const fail = (cause: unknown): void => {
      for (const { reject } of this.waiting.values()) reject(cause);
      this.waiting.clear();
    };
    this.worker.on("error", fail);
    this.worker.on("exit", () => fail(new Error("a thread that took photographs was ended")));
  }

  take(shot: Shot): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const id = this.orders++;
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, shot } satisfies ShotOrder);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/**
 * Takes photographs in threads, those of a product one after another in one thread. When one fails no other is begun,
 * those that are being used are waited for, and the first fault is thrown.
 * @param albums photographs by product
 * @param threads 1 or more
 * @param use what becomes of a photograph, as a JPEG file; two a thread at a time, not in order
 */
export async function takePhotographs<T extends Shot>(
  albums: readonly (readonly T[])[],
  threads: number,
  use: (shot: T, jpeg: Uint8Array) => Promise<void>,
): Promise<void> {
  const crew = Array.from({ length: Math.min(threads, albums.length) }, () => new PhotographThread());
  const faults: unknown[] = [];
  let next = 0;
  const work = async (thread: PhotographThread): Promise<void> => {
    while (next < albums.length) {
      for (const shot of albums[next++]) {
        if (faults.length > 0) return;
        await use(shot, await thread.take(shot));
      }
    }
  };
  const hands = crew.flatMap(thread => Array.from({ length: AT_A_TIME }, () => work(thread)));
  try {
    await Promise.all(hands.map(hand => hand.catch((fault: unknown) => faults.push(fault))));
  } finally {
    await Promise.all(crew.map(thread => thread.end()));
  }
  if (faults.length > 0) throw faults[0];
}

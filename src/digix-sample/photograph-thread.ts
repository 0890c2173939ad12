// The program of a `PhotographCrew`'s threads: takes the photographs that it is told to.
import { parentPort } from "node:worker_threads";
import type { Shot } from "./jpeg-photograph.js";
import { photographer } from "./jpeg-photograph.js";

/** What a thread is told. */
export interface ShotOrder {
  readonly id: number;
  readonly shot: Shot;
}

/** What it answers: a JPEG file, or why there is none. */
export type ShotNews =
  | { readonly id: number; readonly jpeg: Uint8Array }
  | { readonly id: number; readonly fault: Error };

const take = photographer();

parentPort?.on("message", async ({ id, shot }: ShotOrder) => {
  const news: ShotNews = await take(shot).then(
    jpeg => ({ id, jpeg }),
    (cause: unknown) => ({ id, fault: cause instanceof Error ? cause : new Error(String(cause)) }),
  );
  parentPort?.postMessage(news);
});

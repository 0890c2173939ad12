import { Worker } from "node:worker_threads";
import { checkAborted } from "../core/abort.js";
import { availableCores } from "../core/cores.js";

/** Files below which threads are not started: they take some 40 ms, a file some 20 µs. */
const WORTH_THREADS = 2000;
/** Threads at least, where there are any, since much of the time is waiting for a disk or a network; and at most. */
const THREADS = [4, 8] as const;
/** Files a message. */
const CHUNK = 256;

/** What a file is by its directory entry; or the system's name for what is wrong with it. */
export type FileStatus =
  | {
      readonly kind: "file" | "folder" | "other";
      /** Bytes. */
      readonly size: number;
      /** What changes when the file is written or replaced: size, times of change, inode. */
      readonly stamp: string;
      /** The later of its times of change, ms. */
      readonly changed: number;
    }
  | { readonly fault: string };

/** SHA-256 (hex) of some blocks of a file; or what is wrong with it. */
export type FileDigest = { readonly digest: string } | { readonly fault: string };

/** What is asked of a file. */
export interface FileQuestion {
  /** Its path. */
  readonly file: string;
  /** Blocks to be hashed, one after the other: start and length in bytes. Absent: its status is asked for. */
  readonly blocks?: readonly (readonly [start: number, length: number])[];
}

/** Stats files, links followed, in their order: in threads where they are many. */
export async function fileStatuses(files: readonly string[]): Promise<FileStatus[]> {
  return (await answers(files.map(file => ({ file })))) as FileStatus[];
}

/**
 * Hashes blocks of files, in their order: in threads where they are many.
 * @param onDone told how many have been hashed, now and then
 */
export async function fileDigests(
  questions: readonly Required<FileQuestion>[],
  onDone: (files: number) => void = () => {},
): Promise<FileDigest[]> {
  return (await answers(questions, onDone)) as FileDigest[];
}

/** Why something is no file that can be read; undefined for a file. */
export function objectionToStatus(status: FileStatus): string | undefined {
  if ("fault" in status) {
    const { fault } = status;
    return fault === "ENOENT" || fault === "ENOTDIR" ? "it is not there" : `it cannot be read (${fault})`;
  }
  switch (status.kind) {
    case "file":
      return undefined;
    case "folder":
      return "a folder";
    case "other":
      return "no regular file";
  }
}

type Answer = FileStatus | FileDigest;

async function answers(
  questions: readonly FileQuestion[],
  onDone: (files: number) => void = () => {},
): Promise<Answer[]> {
  const found: Answer[] = new Array(questions.length);
  const threads = questions.length < WORTH_THREADS ? 0 : Math.min(THREADS[1], Math.max(THREADS[0], availableCores()));
  const workers = Array.from({ length: threads }, () => new FileThread());
  let [next, done] = [0, 0];
  const work = async (ask: (some: readonly FileQuestion[]) => Promise<Answer[]>): Promise<void> => {
    while (next < questions.length) {
      checkAborted();
      const start = next;
      next += CHUNK;
      for (const [i, answer] of (await ask(questions.slice(start, start + CHUNK))).entries()) found[start + i] = answer;
      done = Math.min(questions.length, done + CHUNK);
      onDone(done);
    }
  };
  try {
    if (threads === 0) await work(answerHere);
    else await Promise.all(workers.map(worker => work(some => worker.ask(some))));
  } finally {
    await Promise.all(workers.map(worker => worker.end()));
  }
  return found;
}

/** Answers on this thread, which others get their turn on. */
async function answerHere(questions: readonly FileQuestion[]): Promise<Answer[]> {
  const answer = fileAnswerer();
  const found: Answer[] = [];
  for (const question of questions) {
    found.push(answer(question));
    if (found.length % 32 === 0) await new Promise(resolve => setImmediate(resolve));
  }
  return found;
}

class FileThread {
  private readonly worker: Worker;
  private settle: { resolve: (answers: Answer[]) => void; reject: (cause: unknown) => void } | undefined;

  constructor() {
    // The function is shipped as text: it then runs from src/ as well as from lib/, without a file to find.
    const code = `const { parentPort } = process.getBuiltinModule("node:worker_threads");
      const answer = (${fileAnswerer.toString()})();
      parentPort.on("message", questions => parentPort.postMessage(questions.map(answer)));`;
    this.worker = new Worker(code, { eval: true, execArgv: [] });
    this.worker.on("message", found => this.settle?.resolve(found));
    this.worker.on("error", cause => this.settle?.reject(cause));
  }

  /** One question list at a time. */
  ask(questions: readonly FileQuestion[]): Promise<Answer[]> {
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.worker.postMessage(questions);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/** What answers. Files are read synchronously, which takes a quarter of the time. It must not refer to its module. */
function fileAnswerer(): (question: FileQuestion) => Answer {
  const { closeSync, openSync, readSync, statSync } = process.getBuiltinModule("node:fs");
  const { createHash } = process.getBuiltinModule("node:crypto");
  const status = (file: string): Answer => {
    const one = statSync(file, { bigint: true });
    const { size, mtimeNs, ctimeNs, ino } = one;
    const kind = one.isFile() ? "file" : one.isDirectory() ? "folder" : "other";
    const changed = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
    return { kind, size: Number(size), stamp: `${size} ${mtimeNs} ${ctimeNs} ${ino}`, changed };
  };
  const digest = (file: string, blocks: NonNullable<FileQuestion["blocks"]>): Answer => {
    const hash = createHash("sha256");
    const handle = openSync(file, "r");
    try {
      for (const [start, length] of blocks) {
        const buffer = Buffer.allocUnsafe(length);
        if (readSync(handle, buffer, 0, length, start) < length)
          return { fault: "it became shorter while it was read" };
        hash.update(buffer);
      }
    } finally {
      closeSync(handle);
    }
    return { digest: hash.digest("hex") };
  };
  return ({ file, blocks }) => {
    try {
      return blocks === undefined ? status(file) : digest(file, blocks);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      return { fault: code ?? message };
    }
  };
}

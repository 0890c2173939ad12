import { rmSync } from "node:fs";
import { open, rmdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Abortable } from "./abort.js";
import { checkAborted, endingInOrder } from "./abort.js";
import { InputError } from "./errors.js";
import { makeFolder } from "./files.js";
import type { JsonFileKind } from "./json-file.js";
import { readJsonFile } from "./json-file.js";
import { COUNT, objectOf, TEXT } from "./json-schema.js";
import { knowsNoLocks, systemLocks } from "./system-locks.js";
import { isSystemError, writeFault } from "./write-fault.js";

type Handle = Awaited<ReturnType<typeof open>>;

/** Settings of {@link withLock}. */
export interface LockOptions extends Abortable {
  /** What is done, for whoever finds the lock held: "hashbook extract". */
  readonly task: string;
  /**
   * Whether to wait while another holds the lock. Right where what the other makes is then found; wrong where it would
   * only be written over. Default true.
   */
  readonly waits?: boolean;
  /** The longest wait, in seconds, 0 or more. Default: `HASHBOOK_WAIT`, else a day. */
  readonly waitSeconds?: number;
  /** Told once, when there is something to wait for. Default: a line on stderr. */
  readonly onWait?: (sentence: string) => void;
  /** Told when the wait is over, if there was one. */
  readonly onTaken?: () => void;
}

/** Who holds a lock, as its file says. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly task: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

const HOLDER_JSON: JsonFileKind<Holder> = {
  what: "who holds a lock",
  schema: objectOf({ pid: COUNT, host: TEXT, task: TEXT, since: TEXT }),
};

const DAY = 24 * 3600;

/** The lock of a folder that one process at a time may write to: a file in it. */
export function lockOfFolder(folder: string): string {
  return join(folder, FOLDER_LOCK);
}

const FOLDER_LOCK = ".hashbook.lock";

/** The lock of a file, or of a folder that is not there before it is whole: a file beside it. */
export function lockBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.lock`);
}

/**
 * Does `work` while nobody else, in this process or another, does work under the same lock. It is a lock of the operating
 * system on an open file (`F_OFD_SETLK`; `flock` on macOS): it ends with its process, however that ends, and asks neither
 * clocks nor process numbers, which containers reuse. The file says who holds it; it is removed at the end, and one that
 * a killed process left is taken over at once. Where the machine or the file system knows no locks, that is said, and
 * the work done without.
 * @param lock the lock's file, of {@link lockOfFolder} or {@link lockBeside}; its folder is made
 * @throws {InputError} naming the holder, when it is held and not waited for, or longer than the wait
 */
export function withLock<T>(lock: string, work: () => Promise<T>, options: LockOptions): Promise<T> {
  return endingInOrder(() => workUnderLock(lock, work, options));
}

async function workUnderLock<T>(lock: string, work: () => Promise<T>, options: LockOptions): Promise<T> {
  const folder = dirname(lock);
  const wasThere = await stat(folder).catch(() => undefined);
  const held = await waitForLock(lock, options);
  try {
    return await work();
  } finally {
    await held?.drop();
    if (wasThere === undefined) await rmdir(folder).catch(() => undefined); // it is empty when nothing came of the work
  }
}

/** A lock that is held until it is dropped, or until the process ends. */
export interface HeldLock {
  /** Removes the file and lets the lock go. */
  drop(): Promise<void>;
}

/** Files of the locks that this process holds: one listener for all, since Node warns of more than ten. */
const HELD = new Set<string>();

function removeHeld(): void {
  for (const lock of HELD) rmSync(lock, { force: true });
}

/**
 * Takes a lock if it is free, for as long as the process lives or until it is dropped.
 * @param lock as for {@link withLock}
 * @param task as its option
 * @returns "held" when another has it, "none" where there are no locks
 */
export async function tryLock(lock: string, task: string): Promise<HeldLock | "held" | "none"> {
  const handle = await openLocked(lock);
  if (handle === "held" || handle === "none") return handle;
  await writeHolder(handle, task);
  if (HELD.size === 0) process.once("exit", removeHeld);
  HELD.add(lock);
  const drop = async (): Promise<void> => {
    HELD.delete(lock);
    if (HELD.size === 0) process.off("exit", removeHeld);
    rmSync(lock, { force: true }); // before it is let go: whoever has opened the file sees then that it is no longer the one of that name
    await handle.close();
  };
  return { drop };
}

/** Waits for the lock as asked. @returns undefined where there are no locks */
async function waitForLock(lock: string, options: LockOptions): Promise<HeldLock | undefined> {
  const { task, waits = true, waitSeconds = longestWait(), onWait = sayOnStderr } = options;
  const started = performance.now();
  for (let round = 0; ; round++) {
    const taken = await tryLock(lock, task);
    if (taken === "none") onWait(`there are no file locks here: let no other process write to ${placeOf(lock)}`);
    if (taken !== "held") {
      if (round > 0) options.onTaken?.();
      return taken === "none" ? undefined : taken;
    }
    const holder = await readHolder(lock);
    if (!waits || performance.now() - started >= 1000 * waitSeconds) {
      throw new InputError("another process is writing here", {
        file: placeOf(lock),
        expected: "it to end first, or another place to write to",
        actual: holder,
      });
    }
    checkAborted(options.signal);
    if (round === 0) onWait(`waiting for ${holder} to finish ${placeOf(lock)}, ${limitText(waitSeconds)}`);
    await sleep(Math.min(500, 20 * 2 ** round));
  }
}

/** The lock's file, opened and locked. */
async function openLocked(lock: string): Promise<Handle | "held" | "none"> {
  const system = systemLocks();
  if (system === undefined) return "none";
  for (;;) {
    const handle = await openFile(lock);
    try {
      // A byte far behind what is written: on Windows locked bytes cannot be read.
      if (!system.tryLock(handle.fd, 2 ** 30, 1)) {
        await handle.close();
        return "held";
      }
    } catch (cause) {
      await handle.close();
      if (!knowsNoLocks(cause)) throw cause;
      rmSync(lock, { force: true });
      return "none";
    }
    if (await isNamed(handle, lock)) return handle;
    await handle.close(); // whoever had it has removed the file meanwhile
  }
}

/** Opens the lock's file. Whoever had the lock may take the folder away when nothing came of its work, at any moment. */
async function openFile(lock: string): Promise<Handle> {
  for (let tries = 1; ; tries++) {
    try {
      await makeFolder(dirname(lock));
      return await open(lock, "a+");
    } catch (cause) {
      const isGone = isSystemError(cause) && cause.code === "ENOENT";
      if (!isGone || tries === 100) throw await writeFault(cause, lock);
    }
  }
}

/** Whether an open file is still the one of its name. */
async function isNamed(handle: Handle, file: string): Promise<boolean> {
  const [opened, named] = await Promise.all([
    handle.stat({ bigint: true }),
    stat(file, { bigint: true }).catch(() => undefined),
  ]);
  return opened.ino === named?.ino && opened.dev === named.dev;
}

/** Says who holds the lock; a full disk must not keep anybody from it. */
async function writeHolder(handle: Handle, task: string): Promise<void> {
  const holder: Holder = { pid: process.pid, host: hostname(), task, since: new Date().toISOString() };
  try {
    await handle.truncate(0);
    await handle.write(`${JSON.stringify(holder)}\n`);
  } catch {
    // It is held all the same; who waits is told of "another process".
  }
}

/** Who holds a lock, in words. Whoever has just taken it has its moment to write that. */
async function readHolder(lock: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const { pid, host, task, since } = await readJsonFile(lock, HOLDER_JSON);
      const doing = `${task} since ${new Date(since).toLocaleString("sv-SE")}`;
      if (pid !== process.pid || host !== hostname()) return `process ${pid} on ${host} (${doing})`;
      return `this very process (${doing}; a call that was not awaited goes on until it is done)`;
    } catch {
      if (tries === 10) return "another process"; // a full disk kept it from writing, or it is gone already
      await sleep(20);
    }
  }
}

/** What a lock is of. */
function placeOf(lock: string): string {
  const name = basename(lock);
  return name === FOLDER_LOCK ? dirname(lock) : join(dirname(lock), name.slice(1, -".lock".length));
}

function longestWait(): number {
  const asked = Number(process.env.HASHBOOK_WAIT || DAY);
  if (asked >= 0) return asked;
  throw new InputError("HASHBOOK_WAIT is no number of seconds", { actual: process.env.HASHBOOK_WAIT });
}

function limitText(seconds: number): string {
  const length = seconds >= 3600 ? `${Math.round(seconds / 360) / 10} h` : `${seconds} s`;
  return `for ${length} at most (HASHBOOK_WAIT, in seconds)`;
}

function sayOnStderr(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

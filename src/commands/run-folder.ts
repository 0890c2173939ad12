import { mkdir, rmdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { makeFolder } from "../core/files.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { runsPath } from "../core/paths.js";
import { isSystemError, writeFault } from "../core/write-fault.js";

/**
 * Gives a run the folder for its results: the one asked for, which no other run may be writing to, else a new one named
 * after the time. An empty one is taken away again.
 * @throws {InputError} when another run writes to the folder asked for
 */
export async function inRunFolder<T>(
  { out, smoke = false }: { readonly out?: string; readonly smoke?: boolean },
  run: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = out ? resolve(out) : await newFolder(runsPath(`${timeStamp(new Date())}${smoke ? "-smoke" : ""}`));
  try {
    return await withLock(lockOfFolder(folder), () => run(folder), { task: "running notebooks", waits: false });
  } finally {
    if (!out) await rmdir(folder).catch(() => undefined); // not empty, as a rule
  }
}

/** Makes a folder that was not there; with -2, -3, … behind its name where another run began in the same second. */
async function newFolder(path: string): Promise<string> {
  await makeFolder(dirname(path));
  for (let number = 1; ; number++) {
    const folder = number === 1 ? path : `${path}-${number}`;
    try {
      await mkdir(folder);
      return folder;
    } catch (cause) {
      if (!(isSystemError(cause) && cause.code === "EEXIST")) throw await writeFault(cause, folder);
    }
  }
}

/** `2026-03-01T14-05-09`, local time. */
function timeStamp(date: Date): string {
  const local = new Date(date.getTime() - 60_000 * date.getTimezoneOffset());
  return local.toISOString().slice(0, 19).replaceAll(":", "-");
}

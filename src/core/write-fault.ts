import { lstat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { HashbookError, InputError, WriteError } from "./errors.js";

/** What a system error means for someone who wants a file written: what is the matter, and what to do. */
const FAULTS: Readonly<Record<string, readonly [message: string, expected: string]>> = {
  EACCES: ["may not be written", "a place where you have the right to write"],
  EPERM: ["may not be written", "a place that is not protected against changes"],
  EROFS: ["lies on a read-only file system", "a place on one that can be written"],
  ENOTDIR: ["a part of this path is no folder", "folders up to the last name"],
  EEXIST: ["a part of this path is no folder", "folders up to the last name"],
  EISDIR: ["is a folder", "the name of a file"],
  ENOTEMPTY: ["a folder that is not empty is in the way", "a name that is free"],
  ENOENT: ["a part of this path is not there, or is a link to nothing", "a folder to write to"],
  ELOOP: ["links of this path lead in a circle", "a folder to write to"],
  ENAMETOOLONG: ["the name is too long for the file system", "a shorter one"],
  EMFILE: ["too many files are open", "a higher limit (`ulimit -n`), or fewer processes at a time"],
  ENFILE: ["too many files are open on this machine", "fewer processes at a time"],
  EFBIG: ["the file is larger than files may be", "a higher limit (`ulimit -f`), or another file system"],
  EBUSY: ["is in use", "to be free: end the program that uses it, and run the same again"],
  ETXTBSY: ["is in use", "to be free: end the program that uses it, and run the same again"],
  EIO: ["the disk reports an error", "a disk that is sound"],
  ENODEV: ["the disk is gone", "a disk that is mounted"],
  EXDEV: ["a part of this path is mounted from elsewhere", "a name on one file system"],
};

/** A disk without room, and one on which this user may not take more. */
const FULL: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full for you: your quota is used up",
};

/**
 * What to throw where something could not be written: a {@link WriteError} that names the path and says what to do, for an
 * error of the system; the cause itself for any other.
 * @param cause what was thrown
 * @param path what was to be written, a file or a folder
 * @param needed bytes that there must be room for, where that is known
 */
export async function writeFault(cause: unknown, path: string, needed?: number): Promise<unknown> {
  if (cause instanceof HashbookError || !isSystemError(cause)) return cause;
  const { code } = cause;
  if (Object.hasOwn(FULL, code)) {
    const room = needed === undefined ? "more room" : `room for ${needed.toLocaleString("en")} bytes`;
    return new WriteError(FULL[code], {
      file: path,
      expected: `${room}: free space and run the same again, or choose a place on another disk`,
      actual: await freeSpace(path),
      cause,
    });
  }
  if (!Object.hasOwn(FAULTS, code))
    return new WriteError("cannot be written", { file: path, actual: cause.message, cause });
  const [message, expected] = FAULTS[code];
  return new WriteError(message, { file: path, expected, actual: (await inTheWay(code, path)) ?? code, cause });
}

/**
 * Does what writes to a path; see {@link writeFault} for what is thrown when it cannot.
 * @param needed bytes that there must be room for, where that is known
 */
export async function writing<T>(path: string, step: () => Promise<T>, needed?: number): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw await writeFault(cause, path, needed);
  }
}

/**
 * What to tell of an error of the system that nobody expected: the path it is about and what the system says, instead of
 * where in the program it was. Any other error is given back.
 */
export async function systemFault(cause: unknown): Promise<unknown> {
  if (!isSystemError(cause)) return cause;
  const { code, path, message } = cause;
  if (Object.hasOwn(FULL, code) || code === "EROFS") return writeFault(cause, path ?? ".");
  if (path === undefined) return cause;
  return new InputError("cannot be used", {
    file: path,
    expected: "a path that is there and open to you",
    actual: message,
    cause,
  });
}

/** Whether an error comes from the system, with a code such as ENOSPC. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}

/** Bytes that are free where a path lies, or would lie. */
async function freeSpace(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    const found = await statfs(place).catch(() => undefined);
    if (found !== undefined) {
      const bytes = `${(found.bavail * found.bsize).toLocaleString("en")} bytes free`;
      return found.files > 0 && found.ffree === 0 ? `${bytes}, but room for no more files (inodes)` : bytes;
    }
    if (dirname(place) === place) return "ENOSPC";
  }
}

/** The part of a path that stands where a folder should. */
async function inTheWay(code: string, path: string): Promise<string | undefined> {
  if (code !== "ENOTDIR" && code !== "EEXIST") return undefined;
  for (let place = path; dirname(place) !== place; place = dirname(place)) {
    const found = await lstat(place).catch(() => undefined);
    if (found !== undefined)
      return found.isDirectory() ? undefined : `${place}, ${found.isFile() ? "a file" : "no folder"}`;
  }
  return undefined;
}

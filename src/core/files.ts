// Files that are written whole or not at all. Everything that writes goes through here: a write that the system cut short
// is gone on with, what was written is on the disk before it gets its name, and what went wrong is said in one sentence.
import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { WriteError } from "./errors.js";
import { isSystemError, writeFault, writing } from "./write-fault.js";

/**
 * Writes a file so that a reader (or a kill, or a full disk) sees the old content or the new, never a part. Makes the
 * folder when it is missing; goes through links, and keeps the permissions of what it replaces.
 * @throws {WriteError} when it cannot be written, for example because the disk is full; nothing is left behind then
 */
export async function writeAtomically(file: string, content: string | Uint8Array): Promise<void> {
  await writeTogether({ [file]: content });
}

/** What a file gets: a text, bytes, bytes that come piece by piece, or a text that is known when these have come. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array> | (() => string);

/**
 * Writes files that go together, as {@link writeAtomically} writes one: none of them gets its name before there was room
 * for all. The last one says that the others are whole: that of before is taken away first, so that it is never there
 * beside others than its own, whenever the writer is killed.
 * @param contents by path
 * @throws {WriteError} when one cannot be written, and what pieces throw; all are as they were before then
 */
export async function writeTogether(contents: Readonly<Record<string, FileContent>>): Promise<void> {
  const waiting: (WaitingFile | undefined)[] = Object.keys(contents).map(() => undefined);
  try {
    const entries = [...Object.entries(contents).entries()];
    const inPieces = ([, [, content]]: (typeof entries)[number]): boolean => piecesOf(content) !== undefined;
    for (const [i, [file, content]] of [...entries.filter(inPieces), ...entries.filter(one => !inPieces(one))]) {
      waiting[i] = await writeBeside(file, piecesOf(content) ?? wholeOf(content));
    }
    const files = waiting as WaitingFile[];
    const last = files[files.length - 1];
    if (files.length > 1) await writing(last.file, () => rm(last.target, { force: true }));
    for (const { file, target, partial } of files) await writing(file, () => rename(partial, target));
    for (const { file, target } of files) await writing(file, () => syncFolder(target));
  } finally {
    for (const one of waiting) if (one !== undefined) await rm(one.partial, { force: true }).catch(() => undefined); // if it is still there
  }
}

function piecesOf(content: FileContent): AsyncIterable<Uint8Array> | undefined {
  return typeof content === "object" && Symbol.asyncIterator in content ? content : undefined;
}

function wholeOf(content: FileContent): Iterable<Uint8Array> {
  const known = typeof content === "function" ? content() : (content as string | Uint8Array);
  return [typeof known === "string" ? Buffer.from(known) : known];
}

/** A file that is on the disk and has no name yet. */
interface WaitingFile {
  /** As it was asked for. */
  readonly file: string;
  /** The same, links followed. */
  readonly target: string;
  readonly partial: string;
}

/** Writes a file beside its place. */
async function writeBeside(
  file: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<WaitingFile> {
  const target = await realpath(file).catch(() => file);
  const before = await stat(target).catch(() => undefined);
  if (before !== undefined && !before.isFile() && !before.isDirectory()) {
    throw new WriteError("is no file that can be replaced", { file, expected: "a new file, or an ordinary one" });
  }
  await makeFolder(dirname(target));
  const partial = `${target}.${process.pid}-${randomBytes(4).toString("hex")}.partial`;
  let handle: FileHandle | undefined;
  let [written, given] = [0, 0];
  try {
    handle = await open(partial, "wx", before?.isFile() ? before.mode & 0o777 : 0o666);
    for await (const bytes of pieces) {
      given += bytes.length;
      await writeAll(handle, bytes, written);
      written = given;
    }
    await sync(handle);
    await handle.close(); // network file systems say only here that there was no room
    return { file, target, partial };
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await rm(partial, { force: true }).catch(() => undefined); // before it is said how much room there is
    throw await writeFault(cause, file, given);
  }
}

/**
 * Makes a folder and those above it, where they are missing.
 * @returns the uppermost folder that was made; undefined when all were there
 * @throws {WriteError} when it cannot
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  return writing(folder, async () => {
    let made: string | undefined;
    for (let tries = 1; ; tries++) {
      try {
        // The first on its own: it tells why it cannot be, where `recursive` says that a folder it could not make is not
        // there, as on a read-only disk, or tries for ever, as in /proc.
        made = (await makeFirst(folder)) ?? made;
        const more = await mkdir(folder, { recursive: true });
        return made ?? more;
      } catch (cause) {
        // Another process may just have taken the folder away, also in the midst of our making it (EEXIST).
        const isGone = isSystemError(cause) && ["ENOENT", "EEXIST"].includes(cause.code);
        if (!isGone || tries === 100) throw cause;
      }
    }
  });
}

/**
 * Writes all of some bytes from a place of an open file on. The system may take fewer than it is given, as it does when
 * the disk is about to be full: one call is not enough.
 * @param options.file its name, for messages
 * @param options.needed bytes that there must be room for. Default: these
 * @throws {WriteError} when not all of them can be written
 */
export async function writeFully(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
  { file, needed = bytes.length }: { readonly file: string; readonly needed?: number },
): Promise<void> {
  await writing(file, () => writeAll(handle, bytes, position), needed);
}

/**
 * Closes a file that is all written, and gives it its name once it is on the disk: after a crash it is whole or not there.
 * @param needed bytes of it, for messages
 * @throws {WriteError} when it cannot
 */
export async function giveName(handle: FileHandle, partial: string, file: string, needed?: number): Promise<void> {
  await writing(file, () => sync(handle), needed);
  await writing(file, () => handle.close(), needed);
  await renameDurably(partial, file);
}

/** Renames a file or a folder that is all written, and has the disk note it. @throws {WriteError} when it cannot */
export async function renameDurably(from: string, to: string): Promise<void> {
  await writing(to, () => rename(from, to));
  await writing(to, () => syncFolder(to));
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new WriteError(`none of ${bytes.length - done} bytes were taken by the disk`);
    done += bytesWritten;
  }
}

/** Makes the uppermost part of a path that is not there. */
async function makeFirst(path: string): Promise<string | undefined> {
  const first = await firstMissing(path);
  try {
    await mkdir(first);
    return first;
  } catch (cause) {
    if ((await stat(first).catch(() => undefined))?.isDirectory() !== true) throw cause;
    return undefined;
  }
}

/** The uppermost part of a path that is not there. */
async function firstMissing(path: string): Promise<string> {
  const isThere = await stat(dirname(path)).catch(() => undefined);
  return isThere === undefined && dirname(path) !== path ? firstMissing(dirname(path)) : path;
}

/** Has the disk note what was done in the folder of a file. */
async function syncFolder(file: string): Promise<void> {
  const folder = await open(dirname(file), "r").catch(() => undefined); // Windows opens no folders
  if (folder === undefined) return;
  try {
    await sync(folder);
  } finally {
    await folder.close();
  }
}

/** There are file systems that know no sync, and systems that know none of folders. */
const NO_SYNC: readonly string[] = ["EINVAL", "ENOTSUP", "ENOSYS", "EPERM", "EBADF", "EISDIR"];

async function sync(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (cause) {
    if (!(isSystemError(cause) && NO_SYNC.includes(cause.code))) throw cause;
  }
}

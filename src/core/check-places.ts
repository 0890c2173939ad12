import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { writeFault } from "./write-fault.js";

/**
 * Checks that files can be made where they are wanted, without making anything: what cannot be written in the end is told
 * before the work, not after it. Where some of a folder's files are there already, the folder is left to whoever reads or
 * replaces them.
 * @param files paths of files to be written, in folders that need not be there
 * @throws {WriteError} when a part of a path is no folder, or the folder may not be written to
 */
export async function checkPlaces(files: readonly string[]): Promise<void> {
  const byFolder = new Map<string, string[]>();
  for (const file of files) {
    const folder = dirname(resolve(file));
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), file]);
  }
  for (const [folder, inside] of byFolder) {
    const found = await Promise.all(inside.map(file => stat(file).catch(() => undefined)));
    if (found.some(one => one?.isFile())) continue;
    await checkFolder(folder, inside[0]);
  }
}

/** Goes up to the first folder that is there. */
async function checkFolder(folder: string, file: string): Promise<void> {
  try {
    const found = await stat(folder);
    if (!found.isDirectory()) throw Object.assign(new Error(folder), { code: "ENOTDIR", syscall: "mkdir" });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (isMissing && dirname(folder) !== folder) return checkFolder(dirname(folder), file);
    throw await writeFault(cause, file);
  }
}

import { basename, dirname } from "node:path";
import type { Abortable } from "./abort.js";
import { writeAtomically } from "./files.js";
import { removeLeftovers } from "./leftovers.js";
import { lockBeside, withLock } from "./lock.js";

/**
 * Writes files that belong together, as codes and what they are, while nobody else writes them: of two that write at
 * once, the files of one are there in the end. What killed writers left of them is removed.
 * @param files all of them; every writer names the same first
 * @param options.signal ends the wait for another writer; the work has to heed it itself
 */
export async function writeAlone<T>(
  files: readonly [first: string, ...others: string[]],
  write: () => Promise<T>,
  { signal }: Abortable = {},
): Promise<T> {
  const work = async (): Promise<T> => {
    for (const file of files) await removeLeftovers(dirname(file), [basename(file)]);
    return write();
  };
  return withLock(lockBeside(files[0]), work, { task: "writing", signal });
}

/** Writes one file as {@link writeAlone} and `writeAtomically` do. */
export async function writeOutput(file: string, content: string | Uint8Array): Promise<void> {
  await writeAlone([file], () => writeAtomically(file, content));
}

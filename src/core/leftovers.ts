import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** What `writeAtomically` leaves of a file when it is killed, after the file's name. */
const LEFTOVER = /\.\d+-[0-9a-f]{8}\.partial$/;

/**
 * What killed writers left of some files. Whoever holds the lock that all writers of these files take may remove it.
 * @param names of files in the folder, which need not be there. Default: of all
 * @returns paths; none where the folder cannot be read
 */
export async function leftoversOf(folder: string, names?: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  const isLeftover = (entry: string): boolean =>
    LEFTOVER.test(entry) && (names === undefined || names.includes(entry.replace(LEFTOVER, "")));
  return entries.filter(isLeftover).map(entry => join(folder, entry));
}

/** Removes what killed writers left; see {@link leftoversOf}. */
export async function removeLeftovers(folder: string, names?: readonly string[]): Promise<void> {
  for (const file of await leftoversOf(folder, names)) await rm(file, { force: true });
}

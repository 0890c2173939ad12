import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Folders in a folder, those that links lead to as well.
 * @returns paths, in order; none where it is not there
 * @throws an error of the system when it cannot be read: nobody knows then what is in it
 */
export async function foldersOf(parent: string): Promise<string[]> {
  const paths = (await namesIn(parent)).map(name => join(parent, name));
  const isFolder = await Promise.all(
    paths.map(async path => (await stat(path).catch(() => undefined))?.isDirectory() ?? false),
  );
  return paths.filter((_, at) => isFolder[at]).sort();
}

async function namesIn(parent: string): Promise<string[]> {
  try {
    return await readdir(parent);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

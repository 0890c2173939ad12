import { lstat, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { lockOfFolder } from "../core/lock.js";

/** Bytes of the files in a folder, or of a file, and when the newest was changed. Links are not followed. */
export interface FolderSize {
  readonly bytes: number;
  /** Ms since 1970; 0 where there are no files. */
  readonly changed: number;
}

/** Measures a folder or a file; what is not there has no bytes. A lock's file is none of it. */
export async function folderSize(path: string): Promise<FolderSize> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || basename(path) === basename(lockOfFolder(path))) return { bytes: 0, changed: 0 };
  if (!found.isDirectory()) return { bytes: found.size, changed: Math.max(found.mtimeMs, found.ctimeMs) };
  const names = await readdir(path).catch(() => []);
  return total(await Promise.all(names.map(name => folderSize(join(path, name)))));
}

/** The sizes of several together. */
export function total(sizes: readonly FolderSize[]): FolderSize {
  return sizes.reduce(
    (sum, { bytes, changed }) => ({ bytes: sum.bytes + bytes, changed: Math.max(sum.changed, changed) }),
    { bytes: 0, changed: 0 },
  );
}

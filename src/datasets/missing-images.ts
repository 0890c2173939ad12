import { stat } from "node:fs/promises";
import { join } from "node:path";

/** Files looked for at a time. */
const PARALLEL = 256;

/**
 * Which images are no files that can be opened, and why, by their place.
 * @param ids paths below `root`
 */
export async function missingImages(root: string, ids: readonly string[]): Promise<ReadonlyMap<number, string>> {
  const missing = new Map<number, string>();
  for (let start = 0; start < ids.length; start += PARALLEL) {
    const some = ids.slice(start, start + PARALLEL);
    const reasons = await Promise.all(some.map(id => objectionTo(join(root, id))));
    for (const [i, reason] of reasons.entries()) if (reason !== undefined) missing.set(start + i, reason);
  }
  return missing;
}

async function objectionTo(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size === 0 ? "an empty file" : undefined;
    return found.isDirectory() ? "a folder" : "no regular file";
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? "it is not there" : `it cannot be read (${code ?? message})`;
  }
}

import { join } from "node:path";
import type { FileStatus } from "./file-tasks.js";
import { fileStatuses, objectionToStatus } from "./file-tasks.js";

/**
 * Which images are no files that can be opened, and why, by their place.
 * @param ids paths below `root`
 */
export async function missingImages(root: string, ids: readonly string[]): Promise<ReadonlyMap<number, string>> {
  const missing = new Map<number, string>();
  for (const [i, status] of (await fileStatuses(ids.map(id => join(root, id)))).entries()) {
    const objection = objectionTo(status);
    if (objection !== undefined) missing.set(i, objection);
  }
  return missing;
}

function objectionTo(status: FileStatus): string | undefined {
  return objectionToStatus(status) ?? ("size" in status && status.size === 0 ? "an empty file" : undefined);
}

import { createHash } from "node:crypto";
import { access, constants, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import type { LockOptions } from "../core/lock.js";
import { lockBeside, withLock } from "../core/lock.js";
import type { GalleryAddress } from "./gallery-address.js";

/**
 * Does work while no other process pushes the same file to the same gallery: neither engine refuses a row that is there
 * already. Another one is waited for, on this machine or one that has the file's folder and its locks too. Where nothing can
 * be written beside the file the work is done without.
 */
export async function withPushLock<T>(
  codesFile: string,
  { engine, host, port, database = "", collection, text }: GalleryAddress,
  work: () => Promise<T>,
  options: Omit<LockOptions, "task">,
): Promise<T> {
  const file = await realpath(codesFile);
  const isWritable = await access(dirname(file), constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) return work();
  const gallery = [engine, host, port, database, collection].join("\n");
  const name = createHash("sha256").update(gallery).digest("hex").slice(0, 12);
  return withLock(lockBeside(`${file}.push-${name}`), work, { ...options, task: `hashbook gallery push --to ${text}` });
}

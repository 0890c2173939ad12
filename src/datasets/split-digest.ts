import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Split } from "./roles.js";
import { ROLES } from "./roles.js";

/** What a split is a split of. */
export interface SplitSubject {
  /** Content hash of the dataset. */
  readonly contentHash: string;
  /** Rows of the folder. */
  readonly rows: number;
}

/**
 * SHA-256 (hex) of a split as a data folder holds it: its rows, what it says of itself, and what it is a split of. Of a
 * named protocol the folder's labels.npy counts too: its figures stand beside published ones, so labels changed by hand
 * are noticed as changed rows are. It is no signature: whoever computes it anew is believed.
 */
export async function splitDigest(folder: string, split: Split, { contentHash, rows }: SplitSubject): Promise<string> {
  const { protocol, name = null, asPublished = null, seed } = split;
  const lists = ROLES.map(role => Array.from(split[role]));
  const hash = createHash("sha256");
  hash.update(JSON.stringify([protocol, name, asPublished, seed, contentHash, rows, ...lists]));
  if (name !== null) hash.update(await labelBytes(folder));
  return hash.digest("hex");
}

/** None where a folder has no labels (yet). */
async function labelBytes(folder: string): Promise<Uint8Array> {
  return readFile(join(folder, "labels.npy")).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return new Uint8Array(0);
    throw cause;
  });
}

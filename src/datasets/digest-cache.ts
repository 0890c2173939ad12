import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { listOf, objectOf, TEXT } from "../core/json-schema.js";
import { writeOutput } from "../core/output-files.js";
import { homeFolder } from "../core/paths.js";

/** Raised when the meaning of what is stored changes. */
const FORMAT = 1;

const CACHE_JSON: JsonFileKind<{ readonly digests: Record<string, readonly [stamp: string, digest: string]> }> = {
  what: "a cache of digests",
  schema: objectOf({
    digests: { type: "object", additionalProperties: listOf(TEXT, { minItems: 2, maxItems: 2 }) },
  }),
  format: { version: FORMAT, older: "one of this version" },
};

/** A file as it was found. */
export interface FoundFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What changes when the file is written or replaced: size, times of change, inode. */
  readonly stamp: string;
  /** The later of its times of change, ms. */
  readonly changed: number;
}

/** Digests of a folder's files from earlier, by path and stamp: for speed alone, what is in it is never looked at else. */
export class DigestCache {
  private readonly kept = new Map<string, readonly [stamp: string, digest: string]>();
  private grown = false;

  private constructor(
    private readonly file: string,
    private readonly stored: ReadonlyMap<string, readonly [stamp: string, digest: string]>,
    private readonly settleMs: number,
  ) {}

  /** The cache of a folder, in `cache/content` of the home folder; empty when there is none, or an unreadable one. */
  static async of(
    root: string,
    options: {
      /** A file changed less than this before it was read may change again within one tick of its clock, in ms. */
      settleMs: number;
    },
  ): Promise<DigestCache> {
    const { settleMs } = options;
    const key = createHash("sha256")
      .update(await realpath(root))
      .digest("hex");
    const file = join(homeFolder(), "cache", "content", `${key.slice(0, 16)}.json`);
    try {
      const { digests } = await readJsonFile(file, CACHE_JSON);
      return new DigestCache(file, new Map(Object.entries(digests)), settleMs);
    } catch {
      return new DigestCache(file, new Map(), settleMs);
    }
  }

  /** The stored digest of a file, when its stamp is the same. */
  find(file: FoundFile): string | undefined {
    const stored = this.stored.get(file.path);
    if (stored?.[0] !== file.stamp) return undefined;
    this.kept.set(file.path, stored);
    return stored[1];
  }

  /** Keeps a new digest. @param started when the files began to be read, ms */
  keep({ path, stamp, changed }: FoundFile, digest: string, started: number): void {
    if (changed < started - this.settleMs) this.kept.set(path, [stamp, digest]);
    this.grown = true;
  }

  /** Stores the digests of the files asked for; a cache that cannot be written is done without. */
  async save(): Promise<void> {
    if (!this.grown) return;
    const document = { format: FORMAT, digests: Object.fromEntries(this.kept) };
    await writeOutput(this.file, JSON.stringify(document)).catch(() => undefined);
  }
}

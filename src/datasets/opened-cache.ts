import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { COUNT, listOf, objectOf, TEXT } from "../core/json-schema.js";
import { writeOutput } from "../core/output-files.js";
import { homeFolder } from "../core/paths.js";

/** Raised when the meaning of what is stored changes. */
const FORMAT = 1;

/** Items whose files' stamps are held against one digest: what is looked at beside a part's own is less than twice this. */
const CHUNK = 64;

/** What a dataset of files was when it was last opened as a whole. */
export interface Opened {
  readonly contentHash: string;
  /** Items whose files cannot be read, ascending. */
  readonly unreadable: readonly { readonly row: number; readonly reason: string }[];
  /** A digest of the stamps of each {@link CHUNK} items. */
  readonly stamps: readonly string[];
}

const OPENED_JSON: JsonFileKind<Opened & { readonly items: string }> = {
  what: "a cache of an opened dataset",
  schema: objectOf({
    items: TEXT,
    contentHash: TEXT,
    unreadable: listOf(objectOf({ row: COUNT, reason: TEXT })),
    stamps: listOf(TEXT),
  }),
  format: { version: FORMAT, older: "one of this version" },
};

/**
 * Remembers what a dataset was, in `cache/opened` of the home folder: for speed alone. It is valid while the items and
 * the stamps of their files are the same; who reads a part of the files may look at the stamps of these alone.
 */
export class OpenedCache {
  private constructor(
    private readonly file: string,
    private readonly items: string,
  ) {}

  /** @param items all that shapes the content hash beside the files: a text */
  static async of(root: string, kind: string, items: string): Promise<OpenedCache> {
    const key = digestOf(JSON.stringify([kind, await realpath(root)]));
    return new OpenedCache(join(homeFolder(), "cache", "opened", `${key.slice(0, 16)}.json`), digestOf(items));
  }

  /** What was remembered of these items, whatever has become of their files; undefined when there is nothing. */
  async read(): Promise<Opened | undefined> {
    try {
      const { items, ...opened } = await readJsonFile(this.file, OPENED_JSON);
      return items === this.items ? opened : undefined;
    } catch {
      return undefined; // None yet, or cut short, or of another version.
    }
  }

  /** A cache that cannot be written is done without. @param stamps (items,) of their files, or why there are none */
  async write(found: Omit<Opened, "stamps">, stamps: readonly string[]): Promise<void> {
    const document = { format: FORMAT, items: this.items, ...found, stamps: chunkDigests(stamps) };
    await writeOutput(this.file, JSON.stringify(document)).catch(() => undefined);
  }
}

/** Rows [from, to) widened to whole chunks. */
export function wholeChunks([from, to]: readonly [from: number, to: number], items: number): [number, number] {
  return [Math.floor(from / CHUNK) * CHUNK, Math.min(items, Math.ceil(to / CHUNK) * CHUNK)];
}

/** Whether the stamps of rows from `from` on, which starts a chunk, are those that were remembered. */
export function areStamps({ stamps: known }: Opened, stamps: readonly string[], from: number): boolean {
  return chunkDigests(stamps).every((digest, i) => known[from / CHUNK + i] === digest);
}

function chunkDigests(stamps: readonly string[]): string[] {
  return Array.from({ length: Math.ceil(stamps.length / CHUNK) }, (_, i) =>
    digestOf(JSON.stringify(stamps.slice(i * CHUNK, (i + 1) * CHUNK))).slice(0, 32),
  );
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { createGunzip } from "node:zlib";
import type { ParsedTarEntry } from "modern-tar";
import { createTarDecoder } from "modern-tar";
import { HashbookError, InputError } from "../core/errors.js";
import { writeStream } from "../core/write-stream.js";

/** A pack's folders, unpacked. */
export interface UnpackedRecord {
  readonly study: string;
  /** Of features.npy. Absent: it came without data. */
  readonly data?: string;
}

const WHAT = "a pack that `hashbook runs pack` wrote";
/** Entries of a pack: more is no pack of ours. */
const MOST_ENTRIES = 1e5;

/** Whether a text means a pack. */
export function isPack(text: string): boolean {
  return /\.(tar\.gz|tgz)$/i.test(text);
}

/**
 * Unpacks a pack into a folder. Only ordinary files are taken, and none that would lie elsewhere.
 * @param scratch an empty folder of one's own
 * @throws {InputError} when it cannot be read, is damaged, or is no pack
 */
export async function unpackRecord(file: string, scratch: string): Promise<UnpackedRecord> {
  const folder = join(scratch, "pack");
  const roots = new Set<string>();
  const seen = new Set<string>();
  try {
    for await (const entry of entriesOf(file)) {
      const [root, ...path] = checkedPath(entry, file, seen);
      roots.add(root);
      const target = join(folder, ...path);
      if (path.length === 0 || entry.header.type === "directory") await entry.body.cancel();
      else await writeStream(target, Readable.fromWeb(entry.body as ReadableStream<Uint8Array>));
    }
  } catch (cause) {
    if (cause instanceof HashbookError) throw cause;
    throw new InputError("cannot be unpacked", { file, expected: WHAT, actual: (cause as Error).message, cause });
  }
  const study = join(folder, "study");
  if (roots.size !== 1 || !existsSync(join(study, "study.json"))) {
    throw new InputError("this is no pack of a study", { file, expected: WHAT, actual: "no study/study.json in it" });
  }
  const data = join(folder, "data");
  return { study, ...(existsSync(data) ? { data } : {}) };
}

/** What is in an archive, in its order. */
async function* entriesOf(file: string): AsyncGenerator<ParsedTarEntry> {
  const source = createReadStream(file);
  const gunzip = createGunzip();
  source.on("error", error => gunzip.destroy(error));
  const decoder = createTarDecoder({ strict: true });
  const bytes = Readable.toWeb(source.pipe(gunzip)) as ReadableStream<Uint8Array>;
  yield* bytes.pipeThrough(decoder as never) as AsyncIterable<ParsedTarEntry>;
}

/** The parts of an entry's path. @throws {InputError} for what is no ordinary file, lies elsewhere, or comes twice */
function checkedPath({ header: { name, type = "file" } }: ParsedTarEntry, file: string, seen: Set<string>): string[] {
  const parts = name.replace(/\/$/, "").split("/");
  const isStrange = parts.some(part => part === "" || part === "." || part === ".." || /[\\:\0]/.test(part));
  if (isStrange || !["file", "directory"].includes(type) || seen.has(name) || seen.size >= MOST_ENTRIES) {
    const expected = "ordinary files, each once, in one folder";
    throw new InputError("this pack holds what no pack of ours does", { file, expected, actual: `${type} "${name}"` });
  }
  seen.add(name);
  return parts;
}

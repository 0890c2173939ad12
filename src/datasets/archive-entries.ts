import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { crc32, createGunzip } from "node:zlib";
import type { ParsedTarEntry } from "modern-tar";
import { createTarDecoder } from "modern-tar";
import { HashbookError, InputError } from "../core/errors.js";

/** An ordinary file in an archive, or a folder. */
export interface ArchiveEntry {
  /** As written there, parts separated by /, checked to lead nowhere else. */
  readonly path: string;
  readonly bytes: number;
  /**
   * A file's content, once, before the next entry is asked for. A .zip's is held against its checksum: a damaged one is
   * refused at the end. Absent: it is a folder.
   */
  content?(): AsyncIterable<Uint8Array>;
}

/** Whether a file can be unpacked here, by its name. */
export const UNPACKABLE: RegExp = /\.(zip|tar|tar\.gz|tgz)$/i;

/**
 * What is in a .zip, .tar or .tar.gz, in its order. Folders of files need not be named.
 * @throws {InputError} when it is damaged or encrypted, or holds links, or paths that lead out of a folder
 */
export async function* archiveEntries(file: string): AsyncGenerator<ArchiveEntry> {
  try {
    yield* /\.zip$/i.test(file) ? zipEntries(file) : tarEntries(file);
  } catch (cause) {
    if (cause instanceof HashbookError) throw cause;
    const actual = (cause as Error).message;
    throw new InputError("this archive cannot be unpacked", {
      file,
      expected: "a whole .zip, .tar or .tar.gz",
      actual,
      cause,
    });
  }
}

async function* zipEntries(file: string): AsyncGenerator<ArchiveEntry> {
  const { openPromise } = await import("yauzl");
  // Names are checked by yauzl too; it holds sizes against what is said of them. It knows files beyond 4 GiB.
  const zip = await openPromise(file, { autoClose: false, strictFileNames: true });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/")) {
        yield { path: checkedPath({ path: entry.fileName.slice(0, -1), type: "file" }, file), bytes: 0 };
        continue;
      }
      const kind = (entry.externalFileAttributes >>> 16) & 0o170000; // of Unix, where the archive was made there
      const type = kind === 0 || kind === 0o100000 ? "file" : "link or device";
      const path = checkedPath({ path: entry.fileName, type: entry.isEncrypted() ? "encrypted file" : type }, file);
      const content = async function* (): AsyncGenerator<Uint8Array> {
        let checksum = 0;
        for await (const bytes of await zip.openReadStreamPromise(entry)) {
          checksum = crc32(bytes, checksum);
          yield bytes;
        }
        if (checksum === entry.crc32) return;
        throw new InputError(`${entry.fileName} is damaged in this archive`, { file, expected: "its checksum" });
      };
      yield { path, bytes: entry.uncompressedSize, content };
    }
  } finally {
    zip.close();
  }
}

async function* tarEntries(file: string): AsyncGenerator<ArchiveEntry> {
  const source = createReadStream(file);
  const packed = /gz$/i.test(file);
  const gunzip = createGunzip();
  source.on("error", error => gunzip.destroy(error));
  const read = Readable.toWeb(packed ? source.pipe(gunzip) : source) as ReadableStream<Uint8Array>;
  const entries = read.pipeThrough(createTarDecoder({ strict: true }) as never) as AsyncIterable<ParsedTarEntry>;
  for await (const { header, body } of entries) {
    const { name, size, type = "file" } = header;
    const isFolder = type === "directory";
    if (isFolder) {
      await body.cancel();
      const path = name.replace(/\/$/, "");
      if (path !== ".") yield { path: checkedPath({ path, type: "file" }, file), bytes: 0 };
      continue;
    }
    let taken = false;
    const content = (): AsyncIterable<Uint8Array> => {
      taken = true;
      return Readable.fromWeb(body as ReadableStream<Uint8Array>);
    };
    yield { path: checkedPath({ path: name, type }, file), bytes: size, content };
    if (!taken) await passBy(body as ReadableStream<Uint8Array>);
  }
}

/** Reads what nobody asked for: the decoder gives the next entry when this one is at its end, and not when it is cancelled. */
async function passBy(body: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of body);
}

/** @throws {InputError} for what is no ordinary file, or would lie elsewhere */
function checkedPath({ path, type }: { readonly path: string; readonly type: string }, file: string): string {
  const parts = path.replace(/^(\.\/)+/, "").split("/");
  const leadsOut = parts.some(part => part === "" || part === "." || part === ".." || /[\\:\0]/.test(part));
  if (!leadsOut && type === "file") return parts.join("/");
  throw new InputError("this archive holds what is not unpacked", {
    file,
    expected: "ordinary files, in folders below",
    actual: `${type} ${JSON.stringify(path)}`,
  });
}

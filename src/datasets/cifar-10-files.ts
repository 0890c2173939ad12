// Where CIFAR-10 lies and in which of its four forms: a folder or a .tar.gz of the Python or the binary version.
import { createReadStream, existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ReadableStream } from "node:stream/web";
import { createGunzip } from "node:zlib";
import type { TarHeader } from "modern-tar";
import { unpackTar } from "modern-tar";
import { InputError } from "../core/errors.js";
import type { Cifar10Batch } from "./cifar-10-batch.js";
import { decodeBinaryBatch, decodeBinaryNames, decodePickledBatch, decodePickledNames } from "./cifar-10-batch.js";

/** The two versions that are published. */
export interface Cifar10Version {
  /** Folder inside the archive. */
  readonly folder: string;
  readonly archive: string;
  /** The five of the train part, then that of the test part. */
  readonly batches: readonly string[];
  readonly names: string;
  decodeBatch(bytes: Uint8Array, file: string): Cifar10Batch;
  decodeNames(bytes: Uint8Array, file: string): string[];
}

const BATCHES = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];

export const PYTHON_VERSION: Cifar10Version = {
  folder: "cifar-10-batches-py",
  archive: "cifar-10-python.tar.gz",
  batches: BATCHES,
  names: "batches.meta",
  decodeBatch: decodePickledBatch,
  decodeNames: decodePickledNames,
};

export const BINARY_VERSION: Cifar10Version = {
  folder: "cifar-10-batches-bin",
  archive: "cifar-10-binary.tar.gz",
  batches: BATCHES.map(name => `${name}.bin`),
  names: "batches.meta.txt",
  decodeBatch: decodeBinaryBatch,
  decodeNames: decodeBinaryNames,
};

const VERSIONS: readonly Cifar10Version[] = [PYTHON_VERSION, BINARY_VERSION];

/** A copy of CIFAR-10. */
export interface Cifar10Copy {
  readonly version: Cifar10Version;
  /** The folder of its batches, or the archive. */
  readonly path: string;
  readonly packed: boolean;
}

/**
 * The copy at a place: a folder of batches, one that holds such a folder or an archive, or an archive itself.
 * @returns undefined when there is none
 */
export async function findCifar10Copy(place: string): Promise<Cifar10Copy | undefined> {
  const found = await stat(place).catch(() => undefined);
  if (found?.isFile()) {
    const version = VERSIONS.find(({ archive }) => basename(place) === archive) ?? PYTHON_VERSION;
    return { version, path: place, packed: true };
  }
  for (const folderOf of [() => place, ({ folder }: Cifar10Version) => join(place, folder)]) {
    for (const version of VERSIONS) {
      const path = folderOf(version);
      if (version.batches.some(name => existsSync(join(path, name)))) return { version, path, packed: false };
    }
  }
  const version = VERSIONS.find(({ archive }) => existsSync(join(place, archive)));
  return version && { version, path: join(place, version.archive), packed: true };
}

/** All places below one that a copy may be read from. */
export function cifar10Places(place: string): string[] {
  return VERSIONS.flatMap(({ folder, archive, batches, names }) => [
    place,
    join(place, archive),
    ...[place, join(place, folder)].flatMap(one => [...batches, names].map(name => join(one, name))),
  ]);
}

/** The files of a copy by name: its batches and, where it is there, the one with the class names. */
export async function readCifar10Files({ version, path, packed }: Cifar10Copy): Promise<Map<string, Uint8Array>> {
  const wanted = [...version.batches, version.names];
  const files = packed ? await unpackFiles(path, wanted) : await readFiles(path, wanted);
  const missing = version.batches.filter(name => !files.has(name));
  if (missing.length === 0) return files;
  throw new InputError("CIFAR-10 is not whole here", {
    file: path,
    expected: version.batches.join(", "),
    actual: `no ${missing.join(", ")}`,
  });
}

async function readFiles(folder: string, wanted: readonly string[]): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of wanted.filter(one => existsSync(join(folder, one)))) {
    try {
      files.set(name, await readFile(join(folder, name)));
    } catch (cause) {
      throw new InputError("cannot be read", { file: join(folder, name), actual: (cause as Error).message, cause });
    }
  }
  return files;
}

/** Takes some files out of a .tar.gz, each held whole, the rest of the archive passing by. */
async function unpackFiles(archive: string, wanted: readonly string[]): Promise<Map<string, Uint8Array>> {
  try {
    const filter = ({ name, type }: TarHeader): boolean => type === "file" && wanted.includes(basename(name));
    // One class, which the types of Node and of browsers know as two.
    const bytes = ReadableStream.from(unzippedBytes(archive)) as unknown as Parameters<typeof unpackTar>[0];
    const entries = await unpackTar(bytes, { filter, strict: true });
    return new Map(entries.map(({ header, data = new Uint8Array() }) => [basename(header.name), data]));
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    throw new InputError("this archive is damaged or cut short", {
      file: archive,
      expected: "a whole .tar.gz of CIFAR-10",
      actual: message || code,
      cause,
    });
  }
}

async function* unzippedBytes(file: string): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip();
  const read = createReadStream(file).on("error", cause => unzip.destroy(cause));
  try {
    yield* read.pipe(unzip);
  } finally {
    read.destroy();
  }
}

import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { classesOf } from "../core/classes-of-items.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { FoundFile } from "./digest-cache.js";
import { DigestCache } from "./digest-cache.js";
import type { PassedOver } from "./passed-over.js";
import { sampledDigest } from "./sampled-digest.js";

/** Up to this many bytes in all, files are hashed by all of their content; reading them takes about a second. */
const WHOLE_AT_MOST = 256 * 2 ** 20;

/** Files read at a time. */
const PARALLEL = 32;

/** Fewer files are hashed too quickly for a report. */
const REPORTED_FROM = 5000;

/** What a dataset of files consists of, beside what is in these. */
export interface FileItems {
  readonly classNames: readonly string[];
  /** Paths relative to the dataset's folder. */
  readonly ids: readonly string[];
  readonly labels: Labels;
}

/** Settings of {@link hashFiles}. */
export interface HashFilesOptions {
  /** Told of the files when they are many. Default: nobody. */
  readonly onProgress?: ProgressListener;
  /** Up to this many bytes in all, all content counts; beyond, samples of it. Default 256 MiB. */
  readonly wholeAtMost?: number;
  /** Samples of a file changed less than this before it was read are not remembered, in ms. Default 3,000. */
  readonly settleMs?: number;
}

/** What {@link hashFiles} finds. */
export interface HashedFiles {
  /** Of the files that could be read; the others leave no trace in it. */
  readonly contentHash: string;
  /** Items whose files could be read, ascending. */
  readonly rows: Int32Array;
  readonly unreadable: readonly PassedOver[];
}

/** A file of an item. */
interface ItemFile extends FoundFile {
  readonly row: number;
}

/**
 * SHA-256 of a dataset made of files: its kind, class names, each item's path and label, and what is in each file: all
 * of it where the files have at most 256 MiB together, else the file's size and the first, middle and last 4 KiB of it
 * (reading 22 GB to open a dataset would be worse). No time and no place is part of it, so that a copy has the same
 * hash. Samples are remembered in `cache/content` until a file changes.
 * @throws {InputError} when no file can be read
 */
export async function hashFiles(
  kind: string,
  root: string,
  items: FileItems,
  options: HashFilesOptions = {},
): Promise<HashedFiles> {
  const { wholeAtMost = WHOLE_AT_MOST } = options;
  const watched = items.ids.length >= REPORTED_FROM ? options.onProgress : undefined;
  const meter = new ProgressMeter(`files of ${kind}`, items.ids.length, "files", watched);
  const objections = new Map<number, string>();
  const files = await foundFiles(root, items.ids, objections);
  const whole = files.reduce((sum, file) => sum + file.size, 0) <= wholeAtMost;
  const hash = createHash("sha256").update(JSON.stringify([kind, whole ? "content" : "samples", items.classNames]));
  const headOf = ({ path, row, size }: ItemFile, digest: string | null): string =>
    JSON.stringify([path, labelOf(items, row), size, digest]);
  if (whole) {
    for (let start = 0; start < files.length; start += PARALLEL) {
      const some = files.slice(start, start + PARALLEL);
      const read = some.map(({ path, row }) => readFile(join(root, path)).catch(noteIn(objections, row)));
      for (const [i, content] of (await Promise.all(read)).entries()) {
        if (content !== undefined) hash.update(headOf(some[i], null)).update(content);
      }
      if (start % 256 === 0) meter.report(start);
    }
  } else {
    const digests = await sampledDigests(root, files, objections, meter, options);
    for (const [at, file] of files.entries()) if (digests[at] !== undefined) hash.update(headOf(file, digests[at]));
  }
  meter.report(items.ids.length);
  return {
    contentHash: hash.digest("hex"),
    rows: readableRows(root, items.ids, objections),
    unreadable: [...objections].sort(([a], [b]) => a - b).map(([row, reason]) => ({ path: items.ids[row], reason })),
  };
}

/** Notes of a row that its file cannot be read; in place of its content there is nothing. */
function noteIn(objections: Map<number, string>, row: number): (cause: NodeJS.ErrnoException) => undefined {
  return cause => {
    objections.set(row, `it cannot be read (${cause.code ?? cause.message})`);
    return undefined;
  };
}

function readableRows(root: string, ids: readonly string[], objections: ReadonlyMap<number, string>): Int32Array {
  const rows = Int32Array.from(ids.keys()).filter(row => !objections.has(row));
  if (rows.length > 0 || ids.length === 0) return rows;
  const [row, reason] = [...objections][0];
  throw new InputError("none of the image files can be read", {
    file: root,
    expected: `${ids.length} files`,
    actual: `${ids[row]}: ${reason}`,
  });
}

/** The number of an item's class, or the numbers of its classes. */
function labelOf({ labels }: FileItems, row: number): number | number[] {
  return labels instanceof Int32Array ? labels[row] : classesOf(labels, row);
}

async function sampledDigests(
  root: string,
  files: readonly ItemFile[],
  objections: Map<number, string>,
  meter: ProgressMeter,
  { settleMs = 3_000 }: HashFilesOptions,
): Promise<(string | undefined)[]> {
  const cache = await DigestCache.of(root, { settleMs });
  const digests = new Array<string | undefined>(files.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < files.length) {
      const at = next++;
      const { path, size, row } = files[at];
      const made = cache.digest(files[at], () => sampledDigest(join(root, path), size));
      digests[at] = await made.catch(noteIn(objections, row));
      if (++done % 256 === 0) meter.report(done);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  await cache.save();
  return digests;
}

/** The regular files among the items. */
async function foundFiles(
  root: string,
  paths: readonly string[],
  objections: Map<number, string>,
): Promise<ItemFile[]> {
  const found: ItemFile[] = [];
  for (let start = 0; start < paths.length; start += 256) {
    const some = paths.slice(start, start + 256);
    const stats = await Promise.all(some.map(path => stat(join(root, path), { bigint: true }).catch(whyNot)));
    for (const [i, one] of stats.entries()) {
      if (typeof one === "string") objections.set(start + i, one);
      else if (one.isFile()) found.push(itemFile(start + i, some[i], one));
      else objections.set(start + i, one.isDirectory() ? "a folder" : "no regular file");
    }
  }
  return found;
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  return code === "ENOENT" || code === "ENOTDIR" ? "it is not there" : `it cannot be read (${code ?? message})`;
}

function itemFile(row: number, path: string, { size, mtimeNs, ctimeNs, ino }: BigIntStats): ItemFile {
  const changed = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
  return { row, path, size: Number(size), stamp: `${size} ${mtimeNs} ${ctimeNs} ${ino}`, changed };
}

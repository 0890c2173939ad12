import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { classesOf } from "../core/classes-of-items.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { FoundFile } from "./digest-cache.js";
import { DigestCache } from "./digest-cache.js";
import { fileDigests, fileStatuses, objectionToStatus } from "./file-tasks.js";
import type { Opened } from "./opened-cache.js";
import { areStamps, OpenedCache, wholeChunks } from "./opened-cache.js";
import type { PassedOver } from "./passed-over.js";
import { sampledBlocks } from "./sampled-blocks.js";

/** Up to this many bytes in all, files are hashed by all of their content; reading them takes about a second. */
const WHOLE_AT_MOST = 256 * 2 ** 20;

/** Files read at a time. */
const PARALLEL = 32;

/** Fewer files are hashed too quickly for a report. */
const REPORTED_FROM = 5000;

/** Fewer files are hashed about as quickly as what was remembered of them is read. */
const REMEMBERED_FROM = 2000;

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
  /** What was read of a file changed less than this before is not remembered, in ms. Default 3,000. */
  readonly settleMs?: number;
  /** From this many files on the hash is remembered until one of them changes. Default 2,000. */
  readonly rememberFrom?: number;
  /**
   * The items [from, to) of so many readable ones that will be read. Where the dataset has been opened as a whole before,
   * only their files are looked at: the others are taken to be as they were. Default: all.
   */
  readonly part?: (items: number) => readonly [from: number, to: number];
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

/** The files among some items, and what speaks against the others, by row. */
interface Found {
  readonly files: readonly ItemFile[];
  readonly objections: Map<number, string>;
  /** A stamp an item, or why there is no file. */
  readonly stamps: readonly string[];
}

/**
 * SHA-256 of a dataset made of files: its kind, class names, each item's path and label, and what is in each file: all
 * of it where the files have at most 256 MiB together, else the file's size and the first, middle and last 4 KiB of it
 * (reading 22 GB to open a dataset would be worse). No time and no place is part of it, so that a copy has the same
 * hash. Samples are remembered in `cache/content` until a file changes, the whole in `cache/opened` until one does.
 * @throws {InputError} when no file can be read
 */
export async function hashFiles(
  kind: string,
  root: string,
  items: FileItems,
  options: HashFilesOptions = {},
): Promise<HashedFiles> {
  const { wholeAtMost = WHOLE_AT_MOST, settleMs = 3_000, rememberFrom = REMEMBERED_FROM } = options;
  const started = Date.now();
  const cache = items.ids.length >= rememberFrom ? await cacheOf(root, kind, items, wholeAtMost) : undefined;
  const opened = await cache?.read();
  if (opened !== undefined && options.part !== undefined && (await isPartOf(opened, root, items.ids, options.part))) {
    return hashedFiles(root, items.ids, opened);
  }
  const found = await foundFiles(root, items.ids);
  if (opened !== undefined && areStamps(opened, found.stamps, 0)) return hashedFiles(root, items.ids, opened);
  const missing = found.objections.size;
  const contentHash = await hashOf(kind, root, items, found, options);
  const unreadable = [...found.objections].sort(([a], [b]) => a - b).map(([row, reason]) => ({ row, reason }));
  const settled = found.files.every(({ changed }) => changed < started - settleMs);
  // What could not be read though it is there may be read the next time.
  if (settled && missing === unreadable.length) await cache?.write({ contentHash, unreadable }, found.stamps);
  return hashedFiles(root, items.ids, { contentHash, unreadable });
}

function cacheOf(root: string, kind: string, items: FileItems, wholeAtMost: number): Promise<OpenedCache> {
  const { classNames, ids, labels } = items;
  const sets = labels instanceof Int32Array ? Array.from(labels) : { ...labels, words: Array.from(labels.words) };
  return OpenedCache.of(root, kind, JSON.stringify([kind, wholeAtMost, classNames, ids, sets]));
}

/** Whether the files of a part are as they were when all were opened. */
async function isPartOf(
  opened: Opened,
  root: string,
  ids: readonly string[],
  part: NonNullable<HashFilesOptions["part"]>,
): Promise<boolean> {
  const { rows } = hashedFiles(root, ids, opened);
  const [from, to] = part(rows.length);
  if (from >= to) return true;
  const [first, end] = wholeChunks([rows[from], rows[to - 1] + 1], ids.length);
  const { stamps } = await foundFiles(root, ids.slice(first, end));
  return areStamps(opened, stamps, first);
}

async function hashOf(
  kind: string,
  root: string,
  items: FileItems,
  { files, objections }: Found,
  options: HashFilesOptions,
): Promise<string> {
  const { wholeAtMost = WHOLE_AT_MOST } = options;
  const watched = items.ids.length >= REPORTED_FROM ? options.onProgress : undefined;
  const meter = new ProgressMeter(`files of ${kind}`, items.ids.length, "files", watched);
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
  return hash.digest("hex");
}

/** Notes of a row that its file cannot be read; in place of its content there is nothing. */
function noteIn(objections: Map<number, string>, row: number): (cause: NodeJS.ErrnoException) => undefined {
  return cause => {
    objections.set(row, `it cannot be read (${cause.code ?? cause.message})`);
    return undefined;
  };
}

/** @throws {InputError} when no file can be read */
function hashedFiles(
  root: string,
  ids: readonly string[],
  { contentHash, unreadable }: Pick<Opened, "contentHash" | "unreadable">,
): HashedFiles {
  const without = new Set(unreadable.map(({ row }) => row));
  const rows = Int32Array.from(ids.keys()).filter(row => !without.has(row));
  if (rows.length === 0 && ids.length > 0) {
    throw new InputError("none of the image files can be read", {
      file: root,
      expected: `${ids.length} files`,
      actual: `${ids[unreadable[0].row]}: ${unreadable[0].reason}`,
    });
  }
  return { contentHash, rows, unreadable: unreadable.map(({ row, reason }) => ({ path: ids[row], reason })) };
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
  const digests = files.map(file => cache.find(file));
  const unknown = Array.from(files.keys()).filter(at => digests[at] === undefined);
  const started = Date.now();
  const made = await fileDigests(
    unknown.map(at => ({ file: join(root, files[at].path), blocks: sampledBlocks(files[at].size) })),
    done => meter.report(files.length - unknown.length + done),
  );
  for (const [i, at] of unknown.entries()) {
    const one = made[i];
    if ("fault" in one) objections.set(files[at].row, `it cannot be read (${one.fault})`);
    else {
      digests[at] = one.digest;
      cache.keep(files[at], one.digest, started);
    }
  }
  await cache.save();
  return digests;
}

/** The regular files among the items. */
async function foundFiles(root: string, paths: readonly string[]): Promise<Found> {
  const objections = new Map<number, string>();
  const files: ItemFile[] = [];
  const statuses = await fileStatuses(paths.map(path => join(root, path)));
  const stamps = statuses.map((status, row) => {
    const objection = objectionToStatus(status);
    if (objection !== undefined) objections.set(row, objection);
    if (objection !== undefined || "fault" in status) return objection ?? "";
    const { size, stamp, changed } = status;
    files.push({ row, path: paths[row], size, stamp, changed });
    return stamp;
  });
  return { files, objections, stamps };
}

import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { hasClass } from "../core/labels.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { FoundFile } from "./digest-cache.js";
import { DigestCache } from "./digest-cache.js";
import { sampledDigest } from "./sampled-digest.js";

/** Up to this many bytes in all, files are hashed by all of their content; reading them takes about a second. */
const WHOLE_AT_MOST = 256 * 2 ** 20;

/** Files read at a time. */
const PARALLEL = 32;

/** Fewer files are hashed too quickly for a report. */
const REPORTED_FROM = 5000;

/** Names in messages about many files. */
const NAMED_AT_MOST = 5;

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

/**
 * SHA-256 of a dataset made of files: its kind, class names, each item's path and label, and what is in each file: all
 * of it where the files have at most 256 MiB together, else the file's size and the first, middle and last 4 KiB of it
 * (reading 22 GB to open a dataset would be worse). No time and no place is part of it, so that a copy has the same
 * hash. Samples are remembered in `cache/content` until a file changes.
 * @throws {InputError} naming the files that are missing
 */
export async function hashFiles(
  kind: string,
  root: string,
  items: FileItems,
  options: HashFilesOptions = {},
): Promise<string> {
  const { wholeAtMost = WHOLE_AT_MOST } = options;
  const watched = items.ids.length >= REPORTED_FROM ? options.onProgress : undefined;
  const meter = new ProgressMeter(`files of ${kind}`, items.ids.length, "files", watched);
  const files = await foundFiles(root, items.ids);
  const whole = files.reduce((sum, file) => sum + file.size, 0) <= wholeAtMost;
  const digests = whole ? undefined : await sampledDigests(root, files, meter, options);
  const hash = createHash("sha256").update(JSON.stringify([kind, whole ? "content" : "samples", items.classNames]));
  for (const [row, { path, size }] of files.entries()) {
    hash.update(JSON.stringify([path, labelOf(items, row), size, digests?.[row] ?? null]));
    if (!whole) continue;
    if (row % 256 === 0) meter.report(row);
    for await (const chunk of createReadStream(join(root, path))) hash.update(chunk);
  }
  meter.report(files.length);
  return hash.digest("hex");
}

/** The number of an item's class, or the numbers of its classes. */
function labelOf({ labels, classNames }: FileItems, row: number): number | number[] {
  return labels instanceof Int32Array ? labels[row] : [...classNames.keys()].filter(c => hasClass(labels, row, c));
}

async function sampledDigests(
  root: string,
  files: readonly FoundFile[],
  meter: ProgressMeter,
  { settleMs = 3_000 }: HashFilesOptions,
): Promise<string[]> {
  const cache = await DigestCache.of(root, { settleMs });
  const digests = new Array<string>(files.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < files.length) {
      const row = next++;
      const { path, size } = files[row];
      digests[row] = await cache.digest(files[row], () => sampledDigest(join(root, path), size));
      if (++done % 256 === 0) meter.report(done);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  await cache.save();
  return digests;
}

async function foundFiles(root: string, paths: readonly string[]): Promise<FoundFile[]> {
  const missing: string[] = [];
  const found: FoundFile[] = [];
  for (let start = 0; start < paths.length; start += 256) {
    const some = paths.slice(start, start + 256);
    const stats = await Promise.all(some.map(path => stat(join(root, path), { bigint: true }).catch(() => undefined)));
    for (const [i, one] of stats.entries()) {
      if (one?.isFile()) found.push(foundFile(some[i], one));
      else missing.push(some[i]);
    }
  }
  if (missing.length > 0) {
    const more = missing.length > NAMED_AT_MOST ? ` and ${missing.length - NAMED_AT_MOST} more` : "";
    throw new InputError(`image files are missing: ${missing.slice(0, NAMED_AT_MOST).join(", ")}${more}`, {
      file: root,
      expected: `${paths.length} files`,
      actual: `${found.length}`,
    });
  }
  return found;
}

function foundFile(path: string, { size, mtimeNs, ctimeNs, ino }: BigIntStats): FoundFile {
  const changed = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
  return { path, size: Number(size), stamp: `${size} ${mtimeNs} ${ctimeNs} ${ino}`, changed };
}

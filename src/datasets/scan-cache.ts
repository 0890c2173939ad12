import { createHash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { COUNT, listOf, objectOf, TEXT, YES_OR_NO } from "../core/json-schema.js";
import { writeOutput } from "../core/output-files.js";
import { homeFolder } from "../core/paths.js";
import { UNKNOWN } from "./dataset.js";
import type { Oddity } from "./oddities.js";
import type { PassedOver } from "./passed-over.js";

/** What walking the folders of a dataset gave. */
export interface Scan {
  readonly classNames: readonly string[];
  readonly ids: readonly string[];
  readonly labels: Int32Array;
  readonly oddities: readonly Oddity[];
  readonly passedOver: readonly PassedOver[];
  /** Whether a file can come or become readable without any stamp changing: where a link's target was not there. */
  readonly unstable: boolean;
  readonly contentHash: string;
  /** Stamp of each folder and label file that was read, taken before it was; by path relative to the dataset. */
  readonly stamps: Readonly<Record<string, string>>;
}

/**
 * Notices that a file was written, or that a file was added to, removed from or renamed in a folder. The time of the
 * last change (ctime) cannot be set back by programs that copy modification times.
 */
export async function stampOf(path: string): Promise<string> {
  const { mtimeNs, ctimeNs, size } = await stat(path, { bigint: true });
  return `${mtimeNs} ${ctimeNs} ${size}`;
}

/** Raised when the meaning of what is stored changes. */
const FORMAT = 4;

const SCAN_JSON: JsonFileKind<Omit<Scan, "labels"> & { readonly labels: readonly number[] }> = {
  what: "a cache of what folders hold",
  schema: objectOf({
    classNames: listOf(TEXT),
    ids: listOf(TEXT),
    labels: listOf({ type: "integer", minimum: UNKNOWN }),
    passedOver: listOf(objectOf({ path: TEXT, reason: TEXT })),
    unstable: YES_OR_NO,
    oddities: listOf(objectOf({ what: TEXT, count: COUNT, examples: listOf(TEXT) })),
    contentHash: TEXT,
    stamps: { type: "object", additionalProperties: TEXT },
  }),
};

async function cacheFile(root: string, kind: string): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([FORMAT, kind, await realpath(root)]))
    .digest("hex");
  return join(homeFolder(), "cache", "datasets", `${kind}-${key.slice(0, 16)}.json`);
}

async function isCurrent(root: string, stamps: Readonly<Record<string, string>>): Promise<boolean> {
  const paths = Object.keys(stamps);
  for (let start = 0; start < paths.length; start += 256) {
    const some = paths.slice(start, start + 256);
    const now = await Promise.all(some.map(path => stampOf(join(root, path)).catch(() => "")));
    if (now.some((stamp, i) => stamp !== stamps[some[i]])) return false;
  }
  return true;
}

/** A folder changed shortly before it was read may change again within one tick of its clock. */
function unchangedSince(limitMs: number, stamps: Readonly<Record<string, string>>): boolean {
  const limit = BigInt(limitMs) * 1_000_000n;
  return Object.values(stamps).every(stamp =>
    stamp
      .split(" ")
      .slice(0, 2)
      .every(time => BigInt(time) < limit),
  );
}

async function readStored(root: string, file: string): Promise<Scan | undefined> {
  try {
    const scan = await readJsonFile(file, SCAN_JSON);
    const { ids, labels, classNames } = scan;
    const fits = ids.length === labels.length && labels.every(label => label < classNames.length);
    if (!fits || !(await isCurrent(root, scan.stamps))) return undefined;
    return { ...scan, labels: Int32Array.from(labels) };
  } catch {
    return undefined; // None yet, or cut short, or of another version: it is made again.
  }
}

/**
 * The result of `scan`, from a file in `cache/datasets` when none of the folders and label files it read has changed
 * since (see {@link stampOf}). An image rewritten in place under its old name is not noticed. Nothing is written to
 * the dataset's folder, and a cache that cannot be written is done without.
 */
export async function cachedScan(
  root: string,
  kind: string,
  scan: () => Promise<Scan>,
  options: {
    /** Fewer images than this are scanned each time, which takes no longer than a second. Default 20,000. */
    fromImages?: number;
    /** A folder or label file changed less than this before the scan is not trusted, in ms. Default 3,000. */
    settleMs?: number;
  } = {},
): Promise<Scan & { readonly cached: boolean }> {
  const { fromImages = 20_000, settleMs = 3_000 } = options;
  const file = await cacheFile(root, kind);
  const found = await readStored(root, file);
  if (found !== undefined) return { ...found, cached: true };
  const started = Date.now();
  const made = await scan();
  if (made.ids.length >= fromImages && !made.unstable && unchangedSince(started - settleMs, made.stamps)) {
    const text = JSON.stringify({ ...made, labels: Array.from(made.labels) });
    await writeOutput(file, text).catch(() => undefined);
  }
  return { ...made, cached: false };
}

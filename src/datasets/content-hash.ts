import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";

/** Up to this many bytes in all, files are hashed by content; reading them takes about a second. */
const CONTENT_AT_MOST = 256 * 2 ** 20;

/** Fewer files are hashed too quickly for a report. */
const REPORTED_FROM = 5000;

/** Names in messages about many files. */
const NAMED_AT_MOST = 5;

interface Sized {
  readonly size: number;
  readonly modified: number;
}

async function sizes(root: string, paths: readonly string[]): Promise<Sized[]> {
  const missing: string[] = [];
  const found: Sized[] = [];
  for (let start = 0; start < paths.length; start += 256) {
    const some = paths.slice(start, start + 256);
    const stats = await Promise.all(some.map(path => stat(join(root, path)).catch(() => undefined)));
    stats.forEach((one, i) => {
      if (one?.isFile()) found.push({ size: one.size, modified: Math.floor(one.mtimeMs) });
      else missing.push(some[i]);
    });
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

/**
 * SHA-256 of a dataset made of files: its kind, class names, and each item's path and label, and for each file
 * either what is in it (all files together at most 256 MiB: the hash is then the same on every machine), or its size
 * and time of change (more: reading 22 GB to open a dataset would be worse than extracting again after a copy).
 * @param onProgress told of the files when they are many
 * @throws {InputError} naming the files that are missing
 */
export async function hashFiles(
  kind: string,
  root: string,
  items: { readonly classNames: readonly string[]; readonly ids: readonly string[]; readonly labels: Int32Array },
  onProgress?: ProgressListener,
): Promise<string> {
  const watched = items.ids.length >= REPORTED_FROM ? onProgress : undefined;
  const meter = new ProgressMeter(`files of ${kind}`, items.ids.length, "files", watched);
  const files = await sizes(root, items.ids);
  const byContent = files.reduce((sum, file) => sum + file.size, 0) <= CONTENT_AT_MOST;
  const hash = createHash("sha256").update(JSON.stringify([kind, byContent ? "content" : "stat", items.classNames]));
  for (let i = 0; i < files.length; i++) {
    const { size, modified } = files[i];
    hash.update(JSON.stringify([items.ids[i], items.labels[i], size, byContent ? null : modified]));
    if (byContent && i % 256 === 0) meter.report(i);
    if (byContent) for await (const chunk of createReadStream(join(root, items.ids[i]))) hash.update(chunk);
  }
  meter.report(files.length);
  return hash.digest("hex");
}

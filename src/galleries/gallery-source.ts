// What is pushed: codes with what is known of their rows, read some at a time, so that a gallery larger than memory passes.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openCodeBlocks } from "../codes/codes-file.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import { hashValues } from "../core/hash-values.js";
import type { Labels } from "../core/labels.js";
import { labelCount, labelsFromArray } from "../core/labels.js";
import { openNpyRows } from "../core/npy-rows.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { idsFile, readCodesSidecar } from "../features/codes-sidecar.js";
import { readFeatureManifest } from "../features/feature-manifest.js";
import { lineBlocks } from "../features/ids-file.js";
import { unreadBeside } from "../features/unread-rows.js";
import type { GalleryRecord } from "./gallery-record.js";

/** Bytes of labels read at a time. */
const BLOCK_BYTES = 1 << 20;

/** What a gallery is made of. */
export interface GallerySourceOptions {
  /** Bits of a code, 1..1024; needed for packed codes without codes.json beside them. Default: as the codes, or that says. */
  readonly bits?: number;
  /**
   * Names of the rows, or the file that has them, a line each. Default: those beside a file of codes (`codes.ids.txt`), else
   * none.
   */
  readonly ids?: readonly string[] | string;
  /**
   * Classes of the rows, to filter by, or the .npy file that has them. Default: `labels.npy` beside a file of codes, where it
   * is of the same items, else none.
   */
  readonly labels?: Labels | string;
}

/** Codes and what is known of their rows, which can be read again and again. */
export interface GallerySource {
  readonly count: number;
  readonly bits: number;
  readonly model?: string;
  readonly classNames?: readonly string[];
  /** Rows of pictures that could not be read, ascending: they are left out, the others keep their numbers. */
  readonly unread: Int32Array;
  codes(): AsyncIterable<PackedCodes>;
  ids?(): AsyncIterable<readonly string[]>;
  labels?(): AsyncIterable<Labels>;
}

/**
 * Opens what is to be pushed.
 * @param codes in memory, or the path of an .npy file
 * @throws {InputError} when a file is missing or damaged
 */
export async function openGallerySource(
  codes: PackedCodes | string,
  { bits, ids, labels }: GallerySourceOptions,
): Promise<GallerySource> {
  const beside = typeof codes === "string" ? await besideCodes(codes) : {};
  const idsOf = ids ?? beside.ids;
  const labelsOf = labels ?? beside.labels;
  const opened = typeof codes === "string" ? await openCodeBlocks(codes, { bits }) : codes;
  const unread = typeof codes === "string" ? await unreadBeside(codes) : new Int32Array(0);
  return {
    count: opened.count,
    unread: Int32Array.from(new Set(unread.filter(row => row >= 0 && row < opened.count))).sort(),
    bits: opened.bits,
    ...(beside.model === undefined ? {} : { model: beside.model }),
    ...(beside.classNames === undefined ? {} : { classNames: beside.classNames }),
    codes: () => codeBlocks(codes, bits),
    ...(idsOf === undefined ? {} : { ids: () => (typeof idsOf === "string" ? lineBlocks(idsOf) : one(idsOf)) }),
    ...(labelsOf === undefined
      ? {}
      : { labels: () => (typeof labelsOf === "string" ? labelBlocks(labelsOf) : one(labelsOf)) }),
  };
}

/** What files beside codes say of their rows. */
interface Beside extends Pick<GallerySource, "model" | "classNames"> {
  readonly ids?: string;
  readonly labels?: string;
}

async function besideCodes(file: string): Promise<Beside> {
  const sidecar = await readCodesSidecar(file);
  if (sidecar === undefined) return {};
  const { model, data, classNames } = sidecar;
  if (data === undefined) return { model: model.hash };
  const ids = idsFile(file);
  const named = await hasLines(ids, data.ids);
  if (named === false) {
    throw new InputError("these are not the ids of the codes", {
      file: ids,
      expected: `SHA-256 ${data.ids}, as the file beside the codes says; remove this file if it is another's`,
    });
  }
  const folder = dirname(file);
  const manifest = await readFeatureManifest(folder);
  const isSame = manifest?.contentHash === data.contentHash && (await hasLines(join(folder, "ids.txt"), data.ids));
  return {
    model: model.hash,
    ...(named ? { ids } : {}),
    ...(classNames === undefined ? {} : { classNames }),
    ...(isSame ? { labels: join(folder, "labels.npy") } : {}),
  };
}

/** Whether the lines of a file have this hash; undefined where there is no such file. */
async function hasLines(file: string, sha256: string): Promise<boolean | undefined> {
  if ((await stat(file).catch(() => undefined)) === undefined) return undefined;
  return (await surveyLines(lineBlocks(file))).sha256 === sha256;
}

async function* codeBlocks(codes: PackedCodes | string, bits: number | undefined): AsyncGenerator<PackedCodes> {
  if (typeof codes !== "string") yield codes;
  else yield* (await openCodeBlocks(codes, { bits })).blocks();
}

async function* one<T>(value: T): AsyncGenerator<T> {
  yield value;
}

async function* labelBlocks(file: string): AsyncGenerator<Labels> {
  const { rows } = await openNpyRows(file, BLOCK_BYTES);
  for await (const block of rows()) yield labelsFromArray(block, { file });
}

/** How a survey is followed and ended. */
export interface SurveyOptions extends Abortable {
  readonly onProgress?: ProgressListener;
}

/**
 * Reads all of a source once: what it will be known by in an engine.
 * @throws {InputError} when ids or labels are not as many as the codes, or something of it is damaged
 */
export async function surveySource(
  source: GallerySource,
  index: Pick<GalleryRecord, "index" | "lists">,
  options: SurveyOptions,
): Promise<GalleryRecord> {
  const { count: rows, bits, model, classNames, unread } = source;
  const codes = await codesHash(source, options);
  const lines = source.ids && (await surveyLines(source.ids()));
  if (lines !== undefined) checkNumber("ids", lines.count, rows);
  const ids = lines && { sha256: lines.sha256, longest: lines.longest };
  const labels = source.labels && (await surveyLabels(source.labels(), rows));
  return {
    rows,
    bits,
    codes,
    ...(unread.length === 0
      ? {}
      : { unread: { count: unread.length, sha256: hashValues(createHash("sha256"), unread).digest("hex") } }),
    ...(ids === undefined ? {} : { ids }),
    ...(labels === undefined ? {} : { labels }),
    ...(model === undefined ? {} : { model }),
    ...(classNames === undefined ? {} : { classNames }),
    ...index,
  };
}

async function codesHash({ count, codes }: GallerySource, { signal, onProgress }: SurveyOptions): Promise<string> {
  const meter = new ProgressMeter("reading codes", count, "codes", onProgress);
  const hash = createHash("sha256");
  let done = 0;
  for await (const block of codes()) {
    checkAborted(signal);
    hashValues(hash, block.data);
    done += block.count;
    meter.report(done);
  }
  return hash.digest("hex");
}

async function surveyLines(
  blocks: AsyncIterable<readonly string[]>,
): Promise<{ count: number; sha256: string; longest: number }> {
  const hash = createHash("sha256");
  let count = 0;
  let longest = 0;
  for await (const block of blocks) {
    for (const id of block) {
      if (id === "") {
        throw new InputError("an id is empty", { expected: "a name for each row", actual: `none in row ${count}` });
      }
      hash.update(`${id}\n`);
      longest = Math.max(longest, Buffer.byteLength(id));
      count++;
    }
  }
  return { count, sha256: hash.digest("hex"), longest };
}

async function surveyLabels(
  blocks: AsyncIterable<Labels>,
  rows: number,
): Promise<NonNullable<GalleryRecord["labels"]>> {
  const hash = createHash("sha256");
  let [count, classes] = [0, 0];
  let form: "one" | "several" = "one";
  for await (const block of blocks) {
    count += labelCount(block);
    if (block instanceof Int32Array) {
      hashValues(hash, block);
      for (const label of block) if (label >= classes) classes = label + 1;
    } else {
      hashValues(hash, block.words);
      classes = block.classes;
      form = "several";
    }
  }
  checkNumber("labels", count, rows);
  return { form, sha256: hash.digest("hex"), classes };
}

function checkNumber(what: string, actual: number, expected: number): void {
  if (actual === expected) return;
  throw new InputError(`${what} and codes differ in number`, {
    expected: `${expected}, one for each code`,
    actual: `${actual}`,
  });
}

import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import { writing } from "../core/write-fault.js";
import type { PassedOver } from "../datasets/passed-over.js";
import type { Split } from "../datasets/split.js";
import type { FailedImage } from "../images/preprocessed-batches.js";

const HEADER = "row,id,reason\n";

/** Images of a data folder that could not be read, and files of the dataset that are no images (these without a row). */
export const FAILED_FILE: string = "failed.csv";
/** Images of a data folder that were cut short, and are in it as far as they go. */
export const TRUNCATED_FILE: string = "truncated.csv";

function field(text: string): string {
  const line = text.replace(/\s*[\r\n]+\s*/g, " ");
  return /[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line;
}

function line({ row, id, reason }: Entry): string {
  return `${row ?? ""},${field(id)},${field(reason)}\n`;
}

/** A line; one of a file that became no item has no row. */
type Entry = Omit<FailedImage, "row"> & { readonly row: number | undefined };

const hasRow = (entry: Entry): entry is FailedImage => entry.row !== undefined;

function parse(text: string, file: string): Entry[] {
  const lines = text.replace(/\n$/, "").split("\n").slice(1);
  return lines.map(entry => {
    const [row, id, reason] = [...`,${entry}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
    );
    if (!/^\d*$/.test(row ?? "-") || reason === undefined) {
      throw new InputError("this line is damaged", { file, expected: "row,id,reason", actual: entry.slice(0, 80) });
    }
    return { row: row === "" ? undefined : Number(row), id, reason };
  });
}

/** Lines of a list of a folder; none where there is no such file. */
async function readEntries(folder: string, name: string): Promise<Entry[]> {
  const file = join(folder, name);
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? [] : parse(text, file);
}

/**
 * Images of a folder of features that could not be read, by row: their rows hold NaN. Empty when all were read.
 * @throws {InputError} when failed.csv is damaged
 */
export async function readFailedImages(folder: string): Promise<FailedImage[]> {
  return (await readEntries(folder, FAILED_FILE)).filter(hasRow);
}

/**
 * Images of a folder of features of which only a part could be decoded, by row: their features are of what is there.
 * @throws {InputError} when truncated.csv is damaged
 */
export async function readTruncatedImages(folder: string): Promise<FailedImage[]> {
  return (await readEntries(folder, TRUNCATED_FILE)).filter(hasRow);
}

/**
 * Files that the dataset passed over when it was opened.
 * @throws {InputError} when failed.csv is damaged
 */
export async function readPassedOver(folder: string): Promise<PassedOver[]> {
  const entries = await readEntries(folder, FAILED_FILE);
  return entries.filter(entry => !hasRow(entry)).map(({ id, reason }) => ({ path: id, reason }));
}

/** Writes the files that a dataset passed over into failed.csv, behind the images that could not be read. */
export async function writePassedOver(folder: string, passedOver: readonly PassedOver[]): Promise<void> {
  if (JSON.stringify(await readPassedOver(folder)) === JSON.stringify(passedOver)) return;
  const files = passedOver.map(({ path, reason }) => ({ row: undefined, id: path, reason }));
  await writeEntries(folder, FAILED_FILE, [...(await readFailedImages(folder)), ...files]);
}

/** Writes a list, or takes it away when there is nothing on it. */
async function writeEntries(folder: string, name: string, entries: readonly Entry[]): Promise<void> {
  const file = join(folder, name);
  if (entries.length === 0) await writing(file, () => rm(file, { force: true }));
  else await writeAtomically(file, `${HEADER}${entries.map(line).join("")}`);
}

/** A split without the rows of images that could not be read. */
export function withoutFailed(split: Split, failed: readonly FailedImage[]): Split {
  if (failed.length === 0) return split;
  const rows = new Set(failed.map(({ row }) => row));
  const keepReadable = (role: Int32Array): Int32Array => role.filter(row => !rows.has(row));
  const protocol = `${split.protocol}, without ${failed.length} unreadable images`;
  return {
    protocol,
    seed: split.seed,
    query: keepReadable(split.query),
    train: keepReadable(split.train),
    database: keepReadable(split.database),
  };
}

/** Writes a list of images (row, id, reason), or takes it away when there is nothing to list. */
export async function writeFailedImages(
  folder: string,
  images: readonly FailedImage[],
  name: string = FAILED_FILE,
): Promise<void> {
  await writeEntries(folder, name, images);
}

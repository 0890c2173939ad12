import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import { writing } from "../core/write-fault.js";
import type { Split } from "../datasets/split.js";
import type { FailedImage } from "../images/preprocessed-batches.js";

const HEADER = "row,id,reason\n";

function field(text: string): string {
  const line = text.replace(/\s*[\r\n]+\s*/g, " ");
  return /[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line;
}

function line({ row, id, reason }: FailedImage): string {
  return `${row},${field(id)},${field(reason)}\n`;
}

function parse(text: string, file: string): FailedImage[] {
  const lines = text.replace(/\n$/, "").split("\n").slice(1);
  return lines.map(entry => {
    const [row, id, reason] = [...entry.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
    );
    if (!/^\d+$/.test(row ?? "") || reason === undefined) {
      throw new InputError("this line is damaged", { file, expected: "row,id,reason", actual: entry.slice(0, 80) });
    }
    return { row: Number(row), id, reason };
  });
}

/**
 * Images of a folder of features that could not be read, by row: their rows hold NaN. Empty when all were read.
 * @throws {InputError} when failed.csv is damaged
 */
export async function readFailedImages(folder: string): Promise<FailedImage[]> {
  const file = join(folder, "failed.csv");
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? [] : parse(text, file);
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

/** Writes failed.csv (row, id, reason), or takes it away when there is nothing to list. */
export async function writeFailedImages(folder: string, failed: readonly FailedImage[]): Promise<void> {
  const file = join(folder, "failed.csv");
  if (failed.length > 0) return writeAtomically(file, `${HEADER}${failed.map(line).join("")}`);
  await writing(file, () => rm(file, { force: true }));
}

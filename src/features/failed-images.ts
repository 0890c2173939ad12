import { appendFile, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
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

/** Lines that end in a line break; a kill may have cut the last one short. */
function parse(text: string, file: string): FailedImage[] {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const lines = whole.split("\n").slice(1, -1);
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
  if (failed.length === 0) await rm(file, { force: true });
  else await writeAtomically(file, `${HEADER}${failed.map(line).join("")}`);
}

/** failed.csv while it grows, under the name failed.csv.partial, so that a killed run is continued. */
export class FailedLog {
  private constructor(
    private readonly file: string,
    private readonly target: string,
    /** Images listed so far. */
    public count: number,
  ) {}

  /** Keeps what an earlier run listed of the rows that are kept: those before `row`. */
  static async continueAt(folder: string, row: number): Promise<FailedLog> {
    const target = join(folder, "failed.csv");
    const file = `${target}.partial`;
    // Under its final name when the kill came between finishing the list and finishing the matrix.
    const text = await readFile(file, "utf8").catch(() => readFile(target, "utf8").catch(() => ""));
    const kept = parse(text, file).filter(entry => entry.row < row);
    await writeAtomically(file, `${HEADER}${kept.map(line).join("")}`);
    return new FailedLog(file, target, kept.length);
  }

  /** Lists images. To be called before their rows are written: a row without values is never without its reason. */
  async add(failed: readonly FailedImage[]): Promise<void> {
    if (failed.length === 0) return;
    await appendFile(this.file, failed.map(line).join(""));
    this.count += failed.length;
  }

  /** Gives the list its name, when there is anything in it. */
  async finish(): Promise<void> {
    if (this.count > 0) return rename(this.file, this.target);
    await rm(this.file, { force: true });
    await rm(this.target, { force: true });
  }
}

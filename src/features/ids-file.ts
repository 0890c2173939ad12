import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../core/errors.js";
import { writeTogether } from "../core/files.js";
import { DistinctIds } from "./distinct-ids.js";

/**
 * Checks that ids can stand in a file of a line a row.
 * @throws {InputError} naming the first id that is empty or holds a line break
 */
export function checkIds(ids: readonly string[]): void {
  for (const [row, id] of ids.entries()) checkId(id, row);
}

function checkId(id: string, row: number): void {
  if (id !== "" && !/[\r\n]/.test(id)) return;
  throw new InputError("this id cannot be written as a line", {
    expected: "ids that are not empty and hold no line break",
    actual: `${JSON.stringify(id)} in row ${row}`,
  });
}

/** Ids in row order, in memory or some at a time. */
export type Ids = readonly string[] | AsyncIterable<readonly string[]>;

/** Ids of a piece of a file: a text of all ids of a large gallery is longer than a text can be. */
const PIECE = 65536;

/** The bytes of a file of ids, a line a row, piece by piece. @throws {InputError} as {@link checkIds} */
export async function* idsPieces(ids: Ids): AsyncGenerator<Uint8Array> {
  let row = 0;
  for await (const block of "length" in ids ? blocksOf(ids) : ids) {
    for (const id of block) checkId(id, row++);
    yield textOf(block);
  }
}

function* blocksOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += PIECE) yield ids.slice(from, from + PIECE);
}

/** Ids, a line each, as in a file. */
function textOf(ids: readonly string[]): Uint8Array {
  return Buffer.from(ids.map(id => `${id}\n`).join(""));
}

/** Writes ids, a line a row. */
export async function writeIds(file: string, ids: readonly string[]): Promise<void> {
  await writeTogether({ [file]: idsPieces(ids) });
}

/** A row for people: with its id where ids.txt beside the file says it, as in a data folder. */
export async function rowName(row: number, file: string): Promise<string> {
  const ids = await readIds(join(dirname(file), "ids.txt")).catch(() => []);
  return ids[row] === undefined ? `row ${row}` : `row ${row} (${ids[row]})`;
}

/**
 * Reads a file of ids, a line a row.
 * @throws {InputError} when it is missing, has an empty line, or an id comes twice
 */
export async function readIds(file: string): Promise<string[]> {
  const ids: string[] = [];
  const lines = new DistinctLines(file);
  for await (const block of lineBlocks(file)) {
    for (const id of block) {
      ids.push(id);
      lines.add(id);
    }
  }
  return ids;
}

/** What a file of ids holds, without these. */
export interface SurveyedIds {
  readonly count: number;
  /** SHA-256 of the ids, a line each. */
  readonly sha256: string;
  /** The ids of the rows that were asked for, as far as there are these. */
  readonly named: ReadonlyMap<number, string>;
}

/**
 * Looks through a file of ids in little memory: eight bytes an id.
 * @param rows whose ids are wanted
 * @throws {InputError} as {@link readIds}
 */
export async function surveyIds(file: string, rows: Iterable<number> = []): Promise<SurveyedIds> {
  const wanted = new Set(rows);
  const named = new Map<number, string>();
  const hash = createHash("sha256");
  let prints: Float64Array = new Float64Array(1024);
  let count = 0;
  for await (const block of lineBlocks(file)) {
    hash.update(textOf(block));
    for (const id of block) {
      if (id === "") throw emptyLine(count + 1, file);
      if (wanted.has(count)) named.set(count, id);
      if (count === prints.length) prints = grown(prints);
      prints[count++] = fingerprint(id);
    }
  }
  const sorted = prints.subarray(0, count).sort();
  // Two ids may share a fingerprint, which hardly ever is so: whether they are one is seen with all ids in memory.
  if (sorted.some((print, i) => i > 0 && print === sorted[i - 1])) await readIds(file);
  return { count, sha256: hash.digest("hex"), named };
}

function grown(values: Float64Array): Float64Array {
  const more = new Float64Array(2 * values.length);
  more.set(values);
  return more;
}

/** 53 bits of an id: FNV-1a (Fowler, Noll and Vo) over its letters, from two starts. */
function fingerprint(id: string): number {
  let [low, high] = [0x811c9dc5, 0x050c5d1f];
  for (let at = 0; at < id.length; at++) {
    const letter = id.charCodeAt(at);
    low = Math.imul(low ^ letter, 0x01000193);
    high = Math.imul(high ^ letter, 0x01000193) ^ (high >>> 15);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}

function emptyLine(line: number, file: string): InputError {
  return new InputError(`line ${line} is empty`, { file, expected: "an id a line" });
}

/** Lines of a file, which may be longer than a text can be, some at a time. @throws {InputError} when it cannot be read */
export async function* lineBlocks(file: string): AsyncGenerator<readonly string[]> {
  let rest = "";
  try {
    for await (const piece of createReadStream(file, { encoding: "utf8", highWaterMark: 1 << 20 })) {
      const lines = `${rest}${piece}`.split("\n");
      rest = lines.pop()!;
      yield lines.map(line => (line.endsWith("\r") ? line.slice(0, -1) : line));
    }
  } catch (cause) {
    throw new InputError("cannot be read", { file, expected: "an id a line", actual: (cause as Error).message, cause });
  }
  if (rest !== "") yield [rest];
}

/** Refuses a line that is empty or that was there. */
class DistinctLines {
  private readonly ids: DistinctIds<number> = new DistinctIds();
  private line: number = 0;

  constructor(private readonly file: string) {}

  add(id: string): void {
    const { file } = this;
    this.line++;
    if (id === "") throw emptyLine(this.line, file);
    const earlier = this.ids.add(id, this.line);
    if (earlier === undefined) return;
    throw new InputError("an id comes twice", {
      file,
      expected: "each id once",
      actual: `${id} in lines ${earlier} and ${this.line}`,
    });
  }
}

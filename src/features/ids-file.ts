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
  const row = ids.findIndex(id => id === "" || /[\r\n]/.test(id));
  if (row < 0) return;
  throw new InputError("this id cannot be written as a line", {
    expected: "ids that are not empty and hold no line break",
    actual: `${JSON.stringify(ids[row])} in row ${row}`,
  });
}

/** Ids of a piece of a file: a text of all ids of a large gallery is longer than a text can be. */
const PIECE = 65536;

/** The bytes of a file of ids, a line a row, piece by piece. @throws {InputError} as {@link checkIds} */
export async function* idsPieces(ids: readonly string[]): AsyncGenerator<Uint8Array> {
  checkIds(ids);
  for (let from = 0; from < ids.length; from += PIECE) {
    const lines = ids.slice(from, from + PIECE).map(id => `${id}\n`);
    yield Buffer.from(lines.join(""));
  }
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
  for await (const id of linesOf(file)) {
    ids.push(id);
    lines.add(id);
  }
  return ids;
}

/** Lines of a file, which may be longer than a text can be. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = "";
  try {
    for await (const piece of createReadStream(file, { encoding: "utf8", highWaterMark: 1 << 20 })) {
      const lines = `${rest}${piece}`.split("\n");
      rest = lines.pop()!;
      for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
  } catch (cause) {
    throw new InputError("cannot be read", { file, expected: "an id a line", actual: (cause as Error).message, cause });
  }
  if (rest !== "") yield rest;
}

/** Refuses a line that is empty or that was there. */
class DistinctLines {
  private readonly ids: DistinctIds<number> = new DistinctIds();
  private line: number = 0;

  constructor(private readonly file: string) {}

  add(id: string): void {
    const { file } = this;
    this.line++;
    if (id === "") throw new InputError(`line ${this.line} is empty`, { file, expected: "an id a line" });
    const earlier = this.ids.add(id, this.line);
    if (earlier === undefined) return;
    throw new InputError("an id comes twice", {
      file,
      expected: "each id once",
      actual: `${id} in lines ${earlier} and ${this.line}`,
    });
  }
}

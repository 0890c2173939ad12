import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError } from "../core/errors.js";
import { writeTogether } from "../core/files.js";

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
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw new InputError("cannot be read", { file, expected: "an id a line", actual: cause.message, cause });
  });
  const ids = text.split(/\r?\n/);
  if (ids[ids.length - 1] === "") ids.pop();
  const rows = new Map<string, number>();
  for (const [row, id] of ids.entries()) {
    if (id === "") throw new InputError(`line ${row + 1} is empty`, { file, expected: "an id a line" });
    const earlier = rows.get(id);
    if (earlier !== undefined) {
      throw new InputError("an id comes twice", {
        file,
        expected: "each id once",
        actual: `${id} in lines ${earlier + 1} and ${row + 1}`,
      });
    }
    rows.set(id, row);
  }
  return ids;
}

import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { writeFully } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { parseJsonFile } from "../core/json-file.js";
import { COUNT, listOf, objectOf, TEXT } from "../core/json-schema.js";
import type { FailedImage } from "../images/preprocessed-batches.js";

/** What is noted of some rows that were written behind others. */
export interface RowNote {
  /** Rows that are there, with these. */
  readonly rows: number;
  /** SHA-256 of the bytes of these. */
  readonly sha256: string;
  /** Those of them whose image could not be read. */
  readonly failed: readonly FailedImage[];
  /** Those of them of which only a part could be decoded. Default: none. */
  readonly truncated?: readonly FailedImage[];
}

/** SHA-256 (hex) of some bytes. */
export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Notes of the rows of a matrix that grows, a line of JSON each, in a file beside it. How long the matrix is does not tell
 * what is in it, for a disk that was full or lost its power may leave holes: rows are there when a note has their digest.
 */
export class RowNotes {
  private constructor(
    private readonly handle: FileHandle,
    private readonly file: string,
    private end: number,
  ) {}

  /**
   * Goes on with a file of notes, behind the last one that is kept.
   * @param handle of `file`, open for reading and writing; closed by {@link close}
   * @param isKept whether what a note says is so; those behind the first of which it is not are dropped
   */
  static async continue(
    handle: FileHandle,
    file: string,
    isKept: (note: RowNote) => Promise<boolean>,
  ): Promise<{ readonly log: RowNotes; readonly kept: RowNote[] }> {
    const kept: RowNote[] = [];
    let end = 0;
    for (const line of (await handle.readFile("utf8")).split("\n").slice(0, -1)) {
      const note = parse(line, file);
      if (note === undefined || !(await isKept(note))) break;
      kept.push(note);
      end += Buffer.byteLength(line) + 1;
    }
    await handle.truncate(end);
    return { log: new RowNotes(handle, file, end), kept };
  }

  /** Adds a note. To be called when its rows are written. */
  async add(note: RowNote): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(note)}\n`);
    await writeFully(this.handle, bytes, this.end, { file: this.file });
    this.end += bytes.length;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

const IMAGES = listOf(objectOf({ row: COUNT, id: TEXT, reason: TEXT }));

const NOTE_JSON: JsonFileKind<RowNote> = {
  what: "a note of rows",
  schema: objectOf({ rows: COUNT, sha256: TEXT, failed: IMAGES }, { truncated: IMAGES }),
};

/** A line that was cut short, or lies in a hole, is no note. */
function parse(line: string, file: string): RowNote | undefined {
  try {
    return parseJsonFile(line, file, NOTE_JSON);
  } catch {
    return undefined;
  }
}

import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { TypedArray } from "../core/arrays.js";
import { giveName, makeFolder, writeFully } from "../core/files.js";
import { encodeNpyHeader } from "../core/npy.js";
import { elementBytes } from "../core/npy-elements.js";
import { writeFault, writing } from "../core/write-fault.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import type { RowNote } from "./row-notes.js";
import { digestOf, RowNotes } from "./row-notes.js";

/** Settings of {@link PartialMatrix.open}. */
export interface PartialMatrixOptions {
  /** Type of the values as NumPy writes it. Default "<f4". */
  readonly descr?: string;
  /** Whether a batch ends behind so many rows: only there is continued, so that batches stay the same. Default: always. */
  readonly endsBatch?: (rows: number) => boolean;
  /** Forgets what was left. Default false. */
  readonly anew?: boolean;
}

/**
 * A matrix written to an .npy file batch by batch, under the name `<file>.partial` until it is whole. What a killed
 * run or a full disk left is found again and continued: rows count that `<file>.progress` has noted, digest and all.
 */
export class PartialMatrix {
  private constructor(
    private readonly handle: FileHandle,
    private readonly notes: RowNotes,
    private readonly file: string,
    private readonly place: Place,
    /** Rows that are there. */
    public done: number,
    /** Images of these rows that could not be read. */
    public readonly failed: FailedImage[],
    /** Images of these rows of which only a part could be decoded. */
    public readonly truncated: FailedImage[],
  ) {}

  /** Opens the partial file of a (rows, columns) matrix, new or left behind. @throws {WriteError} when it cannot */
  static async open(
    file: string,
    [rows, columns]: readonly [number, number],
    { descr = "<f4", endsBatch = () => true, anew = false }: PartialMatrixOptions = {},
  ): Promise<PartialMatrix> {
    const place = new Place(rows, columns, descr);
    const [partial, notes] = namesOf(file);
    const handles: FileHandle[] = [];
    await makeFolder(dirname(file));
    try {
      for (const name of [partial, notes]) handles.push(await open(name, constants.O_RDWR | constants.O_CREAT));
      const [handle, noteHandle] = handles;
      const isKept = await keptRows(handle, place, endsBatch);
      const { log, kept } = await RowNotes.continue(noteHandle, notes, async note => !anew && (await isKept(note)));
      const done = kept.at(-1)?.rows ?? 0;
      await handle.truncate(place.of(done));
      await writeFully(handle, place.header, 0, { file, needed: place.of(rows) });
      return new PartialMatrix(
        handle,
        log,
        file,
        place,
        done,
        kept.flatMap(({ failed }) => failed),
        kept.flatMap(({ truncated }) => truncated ?? []),
      );
    } catch (cause) {
      for (const handle of handles) await handle.close().catch(() => undefined);
      throw await writeFault(cause, file, place.of(rows));
    }
  }

  /**
   * Adds rows behind those that are there.
   * @param images those of them that could not be read, or not to their end
   * @throws {WriteError} when they cannot be written
   */
  async append(values: TypedArray, images: Pick<RowNote, "failed" | "truncated"> = { failed: [] }): Promise<void> {
    const { failed, truncated = [] } = images;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const { rows, columns } = this.place;
    const done = this.done + values.length / columns;
    const begin = this.place.of(this.done);
    await writeFully(this.handle, bytes, begin, { file: this.file, needed: this.place.of(rows) - begin });
    await this.notes.add({ rows: done, sha256: digestOf(bytes), failed, truncated });
    this.done = done;
    this.failed.push(...failed);
    this.truncated.push(...truncated);
  }

  /** Gives the matrix its name. @throws {WriteError} when it cannot; what is there is left for a later run */
  async finish(): Promise<void> {
    const { rows } = this.place;
    if (this.done !== rows) throw new Error(`${this.file}: ${this.done} of ${rows} rows were written`);
    const [partial, notes] = namesOf(this.file);
    await giveName(this.handle, partial, this.file, this.place.of(rows));
    await writing(notes, () => this.notes.close());
    await writing(notes, () => rm(notes, { force: true }));
  }

  /** Leaves the partial file for a later run. */
  async abandon(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await this.notes.close().catch(() => undefined);
  }
}

/** The matrix that is not whole yet, and the notes of its rows. */
function namesOf(file: string): readonly [partial: string, notes: string] {
  return [`${file}.partial`, `${file}.progress`];
}

/** Where rows lie in the file. */
class Place {
  readonly header: Buffer;

  constructor(
    readonly rows: number,
    readonly columns: number,
    private readonly descr: string,
  ) {
    this.header = encodeNpyHeader(descr, [rows, columns]);
  }

  /** The byte at which a row begins. */
  of(row: number): number {
    return this.header.length + row * this.columns * elementBytes(this.descr);
  }
}

/** Tells whether the rows of a note, asked for one note after the other, are in the file as it says. */
async function keptRows(
  handle: FileHandle,
  place: Place,
  endsBatch: (rows: number) => boolean,
): Promise<(note: RowNote) => Promise<boolean>> {
  let before = 0;
  const holds = async (from: number, to: number, digest: string): Promise<boolean> => {
    const bytes = Buffer.alloc(to - from);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
    return bytesRead === bytes.length && digestOf(bytes) === digest;
  };
  const isSame = await holds(0, place.header.length, digestOf(place.header));
  return async ({ rows, sha256 }) => {
    const isWhole = rows > before && rows <= place.rows && (endsBatch(rows) || rows === place.rows);
    if (!(isSame && isWhole && (await holds(place.of(before), place.of(rows), sha256)))) return false;
    before = rows;
    return true;
  };
}

import { open, rename, stat } from "node:fs/promises";
import { encodeNpyHeader } from "../core/npy.js";

type Handle = Awaited<ReturnType<typeof open>>;

/**
 * A float32 matrix written to an .npy file batch by batch, under the name `<file>.partial` until it is whole.
 * What a killed run left is found again and continued: only whole rows count.
 */
export class PartialMatrix {
  private constructor(
    private readonly handle: Handle,
    private readonly file: string,
    private readonly rows: number,
    private readonly columns: number,
    private readonly header: Buffer,
    private written: number,
  ) {}

  /** Opens the partial file of a (rows, columns) matrix, new or left behind. */
  static async open(file: string, rows: number, columns: number): Promise<PartialMatrix> {
    const header = encodeNpyHeader("<f4", [rows, columns]);
    const partial = `${file}.partial`;
    const size = (await stat(partial).catch(() => undefined))?.size ?? 0;
    const handle = await open(partial, size > 0 ? "r+" : "w+");
    const written = Math.max(0, Math.floor((size - header.length) / (columns * Float32Array.BYTES_PER_ELEMENT)));
    return new PartialMatrix(handle, file, rows, columns, header, Math.min(rows, written));
  }

  /** Whole rows that are there, rounded down to a multiple of `batch` so that batches stay the same after a restart. */
  continueAt(batch: number): number {
    if (this.written < this.rows) this.written -= this.written % batch;
    return this.written;
  }

  /** Forgets what was left behind. */
  restart(): void {
    this.written = 0;
  }

  /** Adds rows behind those that are there. */
  async append(values: Float32Array): Promise<void> {
    if (this.written === 0) await this.handle.write(this.header, 0, this.header.length, 0);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const position = this.header.length + this.written * this.columns * Float32Array.BYTES_PER_ELEMENT;
    await this.handle.write(bytes, 0, bytes.length, position);
    this.written += values.length / this.columns;
  }

  /** Gives the whole matrix its name. */
  async finish(): Promise<void> {
    if (this.rows === 0) await this.handle.write(this.header, 0, this.header.length, 0);
    await this.handle.truncate(this.header.length + this.rows * this.columns * Float32Array.BYTES_PER_ELEMENT);
    await this.handle.sync();
    await this.handle.close();
    await rename(`${this.file}.partial`, this.file);
  }

  /** Leaves the partial file for a later run. */
  async abandon(): Promise<void> {
    await this.handle.close();
  }
}

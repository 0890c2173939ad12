import type { PackedCodes } from "../codes/packed-codes.js";
import { takeCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import { joinLabels, takeLabels } from "../core/take-labels.js";
import type { GallerySource } from "./gallery-source.js";
import type { GalleryRows } from "./gallery-store.js";

/** The rows of a source from one on, by `batch` at most, with their names and classes; without those that were not read. */
export async function* rowsFrom(source: GallerySource, first: number, batch: number): AsyncGenerator<GalleryRows> {
  const codes = new Taker(source.codes(), CODES);
  const ids = source.ids && new Taker(source.ids(), IDS);
  const labels = source.labels && new Taker(source.labels(), LABELS);
  try {
    await Promise.all([codes.skip(first), ids?.skip(first), labels?.skip(first)]);
    for (let from = first; from < source.count; from += batch) {
      const count = Math.min(batch, source.count - from);
      const all = {
        rows: Int32Array.from({ length: count }, (_, i) => from + i),
        codes: await codes.take(count),
        ...(ids === undefined ? {} : { ids: await ids.take(count) }),
        ...(labels === undefined ? {} : { labels: await labels.take(count) }),
      };
      const read = withoutRows(all, source.unread);
      if (read.rows.length > 0) yield read;
    }
  } finally {
    await Promise.all([codes.close(), ids?.close(), labels?.close()]);
  }
}

function withoutRows(all: GalleryRows, unread: Int32Array): GalleryRows {
  const from = all.rows[0];
  const gone = new Set(unread.filter(row => row >= from && row < from + all.rows.length));
  if (gone.size === 0) return all;
  const places = Int32Array.from(all.rows.keys()).filter(place => !gone.has(from + place));
  return {
    rows: places.map(place => from + place),
    codes: takeCodes(all.codes, places),
    ...(all.ids === undefined ? {} : { ids: Array.from(places, place => all.ids![place]) }),
    ...(all.labels === undefined ? {} : { labels: takeLabels(all.labels, places) }),
  };
}

/** How blocks of some kind are counted, cut and joined. */
interface BlockKind<T> {
  count(block: T): number;
  part(block: T, from: number, to: number): T;
  join(blocks: readonly T[]): T;
}

const CODES: BlockKind<PackedCodes> = {
  count: ({ count }) => count,
  part: (codes, from, to) => ({
    ...codes,
    count: to - from,
    data: codes.data.subarray(from * codes.bytesPerCode, to * codes.bytesPerCode),
  }),
  join(blocks) {
    const count = blocks.reduce((sum, block) => sum + block.count, 0);
    return { ...blocks[0], count, data: Buffer.concat(blocks.map(({ data }) => data)) };
  },
};

const IDS: BlockKind<readonly string[]> = {
  count: ({ length }) => length,
  part: (ids, from, to) => ids.slice(from, to),
  join: blocks => blocks.flat(),
};

const LABELS: BlockKind<Labels> = {
  count: labelCount,
  part: (labels, from, to) =>
    takeLabels(
      labels,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
    ),
  join: joinLabels,
};

/** Takes rows one after the other out of blocks of any size. */
class Taker<T> {
  private readonly blocks: AsyncIterator<T>;
  private block: T | undefined;
  private at: number = 0;

  constructor(
    blocks: AsyncIterable<T>,
    private readonly kind: BlockKind<T>,
  ) {
    this.blocks = blocks[Symbol.asyncIterator]();
  }

  async skip(rows: number): Promise<void> {
    const parts = this.parts(rows);
    while (!(await parts.next()).done);
  }

  /** Ends the reading, which holds files. */
  async close(): Promise<void> {
    await this.blocks.return?.();
  }

  async take(rows: number): Promise<T> {
    const parts: T[] = [];
    for await (const part of this.parts(rows)) parts.push(part());
    return parts.length === 1 ? parts[0] : this.kind.join(parts);
  }

  /** The parts that the next rows are made of, each cut out when it is called for. */
  private async *parts(rows: number): AsyncGenerator<() => T> {
    const { kind } = this;
    for (let left = rows; left > 0; ) {
      if (this.block === undefined || this.at === kind.count(this.block)) {
        const next = await this.blocks.next();
        if (next.done) throw new InputError("what is pushed became shorter while it was read");
        [this.block, this.at] = [next.value, 0];
        continue;
      }
      const block = this.block as T;
      const from = this.at;
      const to = Math.min(kind.count(block), from + left);
      yield () => kind.part(block, from, to);
      this.at = to;
      left -= to - from;
    }
  }
}

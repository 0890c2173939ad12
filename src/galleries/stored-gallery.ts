import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import { InputError, UsageError } from "../core/errors.js";
import type { Gallery, GalleryFilter, GalleryNearestOptions, GalleryWithinOptions } from "../ranking/gallery.js";
import type { TopK } from "../ranking/hamming-ranking.js";
import { neighbours } from "../ranking/hamming-ranking.js";
import type { Neighbours } from "../ranking/hamming-search.js";
import { checkRadius, joinedNeighbours } from "../ranking/hamming-search.js";
import { checkRowsNamed } from "../ranking/resident-gallery.js";
import type { StoreEngine } from "./gallery-address.js";
import type { GalleryRecord, StoreIndex } from "./gallery-record.js";
import { rowsHeld } from "./gallery-record.js";
import type { GalleryStore, StoredCodes, StoreSearch } from "./gallery-store.js";
import { openStore } from "./open-store.js";

/**
 * Opens a gallery that is in an engine, all of whose rows are there.
 * @throws {InputError} when there is none at this address, or only a part of it
 * @throws {UnavailableError} when the engine does not answer, or its driver is not installed
 */
export async function openStoredGallery(address: string, options: Abortable = {}): Promise<Gallery> {
  const store = await openStore(address);
  try {
    const record = await store.look(options);
    if (record === undefined) throw noGallery(store.place);
    const codes = store.codes(record);
    await codes.load(options);
    const rows = await codes.count({}, options);
    if (rows === rowsHeld(record)) return new StoredGallery(store, record, codes);
    throw new InputError("not all of this gallery is there", {
      file: store.place,
      expected: `${rowsHeld(record)} rows; push it again, which goes on where it stopped`,
      actual: `${rows}`,
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What to say where nothing is at an address. */
export function noGallery(file: string): InputError {
  return new InputError("there is no gallery of this name", {
    file,
    expected: "one that `hashbook gallery push codes.npy --to` this address has made",
  });
}

const INDEX: Readonly<Record<StoreIndex, Gallery["index"]>> = { flat: "scan", ivf: "ivf" };

class StoredGallery implements Gallery {
  readonly count: number;
  readonly bits: number;
  readonly engine: StoreEngine;
  readonly index: Gallery["index"];
  readonly exact: boolean;
  readonly named: boolean;
  readonly model?: string;
  readonly classNames?: readonly string[];
  /** Items with some classes, as they were counted. */
  private readonly counts: Map<string, Promise<number>> = new Map();
  private open: boolean = true;

  constructor(
    private readonly store: GalleryStore,
    private readonly record: GalleryRecord,
    private readonly codes: StoredCodes,
  ) {
    this.count = record.rows;
    this.bits = record.bits;
    this.engine = store.engine;
    this.index = INDEX[record.index];
    this.exact = record.index === "flat";
    this.named = record.ids !== undefined;
    if (record.model !== undefined) this.model = record.model;
    if (record.classNames !== undefined) this.classNames = record.classNames;
  }

  async nearest(queries: PackedCodes, options: GalleryNearestOptions = {}): Promise<TopK> {
    this.check(queries);
    const asked = neighbours(options.k ?? 10, this.count);
    const search = this.searchOf(options);
    const k = Math.min(asked, await this.itemsFor(search));
    const shape = [queries.count, k];
    const [indices, distances] = [new Int32Array(queries.count * k), new Uint16Array(queries.count * k)];
    const lists = k === 0 || queries.count === 0 ? [] : await this.codes.nearest(queries, k, search);
    for (const [query, list] of lists.entries()) {
      if (list.indices.length !== k) throw this.shortList(k, list.indices.length);
      indices.set(list.indices, query * k);
      distances.set(list.distances, query * k);
    }
    return { indices: { data: indices, shape }, distances: { data: distances, shape } };
  }

  async within(queries: PackedCodes, options: GalleryWithinOptions = {}): Promise<Neighbours> {
    this.check(queries);
    const radius = Math.min(checkRadius(options.radius ?? 2), this.bits);
    const search = this.searchOf(options);
    if ((await this.itemsFor(search)) > 0 && queries.count > 0) {
      return joinedNeighbours(await this.codes.within(queries, radius, search));
    }
    const none = { indices: new Int32Array(0), distances: new Uint16Array(0) };
    return joinedNeighbours(Array.from({ length: queries.count }, () => none));
  }

  async names(rows: ArrayLike<number>, options: Abortable = {}): Promise<string[]> {
    this.checkOpen();
    checkRowsNamed(rows, this);
    const names = await this.codes.names(Int32Array.from(new Set(Array.from(rows))), options);
    return Array.from(rows, row => names.get(row) ?? `row ${row}`);
  }

  async close(): Promise<void> {
    this.open = false;
    await this.store.close();
  }

  private check(queries: PackedCodes): void {
    this.checkOpen();
    if (queries.bits === this.bits) return;
    throw new InputError("queries and gallery differ in bits", {
      file: this.store.place,
      expected: `${this.bits} bits as in the gallery`,
      actual: `${queries.bits}`,
    });
  }

  private checkOpen(): void {
    if (!this.open) throw new UsageError("this gallery is closed", { expected: "a search before close()" });
  }

  private searchOf({ classes, signal }: GalleryFilter & Abortable): StoreSearch {
    if (classes === undefined) return { signal };
    const wrong = classes.find(label => !Number.isInteger(label) || label < 0);
    if (wrong !== undefined) {
      throw new InputError("no class to filter by", { expected: "integers of 0 or more", actual: `${wrong}` });
    }
    if (this.record.labels === undefined) {
      const expected = "labels when it is pushed";
      throw new InputError("this gallery cannot be filtered by class", { file: this.store.place, expected });
    }
    return { signal, classes: [...new Set(classes)].sort((a, b) => a - b) };
  }

  /** Items that may be found. @throws {InputError} for a class that none has */
  private async itemsFor({ classes, signal }: StoreSearch): Promise<number> {
    if (classes === undefined) return rowsHeld(this.record);
    if (classes.length === 0) return 0;
    for (const label of classes) {
      if ((await this.countOf([label], signal)) > 0 || this.count === 0) continue;
      throw new InputError("no item of this gallery has such a class", {
        file: this.store.place,
        expected: `classes that its labels have, of 0 to ${this.record.labels!.classes - 1}`,
        actual: `${label}`,
      });
    }
    return this.countOf(classes, signal);
  }

  private countOf(classes: readonly number[], signal: AbortSignal | undefined): Promise<number> {
    const key = classes.join();
    const known = this.counts.get(key);
    if (known !== undefined) return known;
    const count = this.codes.count({ classes }, { signal });
    this.counts.set(key, count);
    count.catch(() => this.counts.delete(key)); // it is asked again
    return count;
  }

  private shortList(expected: number, actual: number): InputError {
    return new InputError("fewer items were found than are there: the gallery has been changed", {
      file: this.store.place,
      expected: `${expected} neighbours`,
      actual: `${actual}`,
    });
  }
}

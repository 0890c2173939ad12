import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { InputError, UsageError } from "../core/errors.js";
import type { Labels, MultiHotLabels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import type { Gallery, GalleryFilter, GalleryNearestOptions, GalleryWithinOptions } from "./gallery.js";
import { GalleryCrew } from "./gallery-crew.js";
import { FilterMarks } from "./gallery-filter.js";
import type { GalleryIndexName, GalleryIndexRequest } from "./gallery-index.js";
import { galleryIndex } from "./gallery-index.js";
import type { GallerySearch, SearchedGallery } from "./gallery-search.js";
import { countGalleryDistances, searchGalleryNearest, searchGalleryWithin } from "./gallery-search.js";
import { GallerySegment, segmentRows } from "./gallery-segment.js";
import type { TopK } from "./hamming-ranking.js";
import { neighbours } from "./hamming-ranking.js";
import type { Neighbours } from "./hamming-search.js";
import { checkRadius, joinedNeighbours } from "./hamming-search.js";
import type { MultiIndexSearch } from "./multi-index-search.js";
import { lookUpNearest, lookUpWithin } from "./multi-index-search.js";

/** Rows at most: they are told as 32-bit integers. */
const MOST_ROWS = 2 ** 31 - 1;

/** What a gallery is made for. */
export interface GalleryShape {
  readonly count: number;
  readonly bits: number;
  readonly ids?: readonly string[];
  readonly labels?: Labels;
  /** SHA-256 of the model that made the codes. */
  readonly model?: string;
  readonly classNames?: readonly string[];
  /** Bytes of codes a memory holds at most. Default: what fits into 4 GiB. */
  readonly segmentBytes?: number;
  /** Default "scan". */
  readonly index?: GalleryIndexRequest;
}

/** A gallery to be filled with codes. */
export class GalleryBuilder {
  readonly segments: readonly GallerySegment[];
  private row: number = 0;

  /** @throws {InputError} when ids or labels are not as many as the codes, or there are too many of these */
  constructor(readonly shape: GalleryShape) {
    const { count, bits, ids, labels, segmentBytes } = shape;
    if (ids !== undefined) checkNumber("ids", ids.length, count);
    if (labels !== undefined) checkNumber("labels", labelCount(checkedLabels(labels)), count);
    if (count > MOST_ROWS) {
      throw new InputError("too many codes for a gallery", { expected: `at most ${MOST_ROWS}`, actual: `${count}` });
    }
    const filtered = labels !== undefined;
    const rows = segmentRows(bits, filtered, segmentBytes);
    this.segments = Array.from({ length: Math.ceil(count / rows) }, (_, i) => {
      const first = i * rows;
      return new GallerySegment({ first, count: Math.min(rows, count - first), bits, filtered });
    });
  }

  /** Copies the next codes into the memories. */
  add(codes: PackedCodes): void {
    const { bytesPerCode } = codes;
    for (let from = 0; from < codes.count; ) {
      const segment = this.segments.find(({ shape }) => this.row < shape.first + shape.count)!;
      const { first, count } = segment.shape;
      const to = Math.min(codes.count, from + first + count - this.row);
      segment.codes.set(codes.data.subarray(from * bytesPerCode, to * bytesPerCode), (this.row - first) * bytesPerCode);
      this.row += to - from;
      from = to;
    }
  }

  /** Starts the threads. @throws {InputError} when codes are missing */
  async open(threads: number): Promise<Gallery> {
    checkNumber("codes", this.row, this.shape.count);
    const crew = await GalleryCrew.start(this.segments, threads);
    try {
      const { bits, index = "scan" } = this.shape;
      const searched = { bits, segments: this.segments, crew };
      const scan = (queries: PackedCodes, k: number): Promise<TopK> =>
        scanNearest(searched, queries, k, { filtered: false });
      const lookUps = await galleryIndex(index, this.segments, threads, {
        lookUps: search => (queries, k) => lookUpNearest(search, queries, { k }, rest => scan(rest, k)),
        scan,
      });
      return new ResidentGallery(this.shape, searched, lookUps);
    } catch (error) {
      await crew.dismiss();
      throw error;
    }
  }
}

function checkNumber(what: string, actual: number, expected: number): void {
  if (actual === expected) return;
  throw new InputError(`${what} and rows of a gallery differ in number`, {
    expected: `${expected}, one for each code`,
    actual: `${actual}`,
  });
}

/** Plain JavaScript may hand over what `readNpy` reads. */
function checkedLabels(labels: Labels): Labels {
  if (labels instanceof Int32Array || (labels as Partial<MultiHotLabels>).words instanceof Int32Array) return labels;
  throw new InputError("these are no labels", {
    expected:
      "an Int32Array of classes, or multi-hot labels: `readLabels(file)` and `readDataFolder(folder)` read them",
    actual: "data" in labels && "shape" in labels ? "an array with a shape, as `readNpy` reads it" : typeof labels,
  });
}

async function scanNearest(
  gallery: SearchedGallery,
  queries: PackedCodes,
  k: number,
  search: GallerySearch,
): Promise<TopK> {
  const lists = k === 0 ? [] : await searchGalleryNearest(gallery, queries, k, search);
  const shape = [queries.count, k];
  const [indices, distances] = [new Int32Array(queries.count * k), new Uint16Array(queries.count * k)];
  for (const [query, list] of lists.entries()) {
    indices.set(list.indices, query * k);
    distances.set(list.distances, query * k);
  }
  return { indices: { data: indices, shape }, distances: { data: distances, shape } };
}

async function scanWithin(
  gallery: SearchedGallery,
  queries: PackedCodes,
  radius: number,
  search: GallerySearch,
): Promise<Neighbours> {
  return joinedNeighbours(await searchGalleryWithin(gallery, queries, radius, search));
}

/** @throws {InputError} when the rows of a gallery have no names, or it has not such rows */
export function checkRowsNamed(rows: ArrayLike<number>, { named, count }: Pick<Gallery, "named" | "count">): void {
  if (!named) throw new InputError("the rows of this gallery have no names", { expected: "ids when it is made" });
  const wrong = Array.from(rows).find(row => !(Number.isInteger(row) && row >= 0 && row < count));
  if (wrong === undefined) return;
  throw new InputError("this gallery has no such row", { expected: `0..${count - 1}`, actual: `${wrong}` });
}

/** What a gallery is searched with. */
interface GalleryParts {
  readonly searched: SearchedGallery;
  readonly lookUps: MultiIndexSearch | undefined;
  readonly marks: FilterMarks;
}

class ResidentGallery implements Gallery {
  readonly count: number;
  readonly bits: number;
  readonly engine = "resident" as const;
  readonly exact: boolean = true;
  readonly ids?: readonly string[];
  readonly named: boolean;
  readonly model?: string;
  readonly classNames?: readonly string[];
  readonly index: GalleryIndexName;
  /** The search that runs, and those that wait for it: threads and lists serve one at a time. */
  private queue: Promise<unknown> = Promise.resolve();
  /** Undefined once it is closed: who keeps a closed gallery keeps none of its memory. */
  private parts: GalleryParts | undefined;

  constructor(shape: GalleryShape, searched: SearchedGallery, lookUps?: MultiIndexSearch) {
    const { count, bits, ids, labels, model, classNames } = shape;
    this.count = count;
    this.bits = bits;
    this.named = ids !== undefined;
    if (ids !== undefined) this.ids = ids;
    if (model !== undefined) this.model = model;
    if (classNames !== undefined) this.classNames = classNames;
    this.index = lookUps === undefined ? "scan" : "multi-index";
    this.parts = { searched, lookUps, marks: new FilterMarks(searched.segments, labels) };
  }

  async nearest(queries: PackedCodes, options: GalleryNearestOptions = {}): Promise<TopK> {
    const { searched, lookUps, marks } = this.partsFor(queries);
    const asked = neighbours(options.k ?? 10, this.count);
    return this.inTurn(async () => {
      const { found, filtered } = this.filter(marks, options);
      const k = Math.min(asked, found);
      const { signal } = options;
      const scan = (rest: PackedCodes): Promise<TopK> => scanNearest(searched, rest, k, { filtered, signal });
      if (filtered || lookUps === undefined) return scan(queries);
      return lookUpNearest(lookUps, queries, { k, signal }, scan);
    });
  }

  async within(queries: PackedCodes, options: GalleryWithinOptions = {}): Promise<Neighbours> {
    const { searched, lookUps, marks } = this.partsFor(queries);
    const radius = Math.min(checkRadius(options.radius ?? 2), this.bits);
    return this.inTurn(async () => {
      const { filtered } = this.filter(marks, options);
      const { signal } = options;
      const scan = (rest: PackedCodes): Promise<Neighbours> => scanWithin(searched, rest, radius, { filtered, signal });
      if (filtered || lookUps === undefined) return scan(queries);
      return lookUpWithin(lookUps, queries, { radius, signal }, scan);
    });
  }

  async distanceCounts(queries: PackedCodes, options: GalleryFilter & Abortable = {}): Promise<NdArray<Float64Array>> {
    const { searched, marks } = this.partsFor(queries);
    return this.inTurn(async () => {
      const { filtered } = this.filter(marks, options);
      const data = await countGalleryDistances(searched, queries, { filtered, signal: options.signal });
      return { data, shape: [queries.count, this.bits + 1] };
    });
  }

  async names(rows: ArrayLike<number>): Promise<string[]> {
    const { ids, count } = this;
    checkRowsNamed(rows, { named: ids !== undefined, count });
    return Array.from(rows, row => ids![row]);
  }

  async close(): Promise<void> {
    const { parts } = this;
    this.parts = undefined;
    await this.queue.catch(() => {});
    this.queue = Promise.resolve(); // its last result may be long
    await parts?.searched.crew.dismiss();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.queue.catch(() => {}).then(work);
    this.queue = mine;
    return mine;
  }

  private filter(marks: FilterMarks, { classes }: GalleryFilter): { found: number; filtered: boolean } {
    if (classes === undefined) return { found: this.count, filtered: false };
    return { found: marks.mark(classes), filtered: true };
  }

  private partsFor(queries: PackedCodes): GalleryParts {
    if (this.parts === undefined)
      throw new UsageError("this gallery is closed", { expected: "a search before close()" });
    if (queries.bits === this.bits) return this.parts;
    throw new InputError("queries and gallery differ in bits", {
      expected: `${this.bits} bits as in the gallery`,
      actual: `${queries.bits}`,
    });
  }
}

import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { galleryAddress } from "./gallery-address.js";
import type { GalleryRecord, StoreIndex } from "./gallery-record.js";
import { checkSameGallery, rowsHeld } from "./gallery-record.js";
import type { GallerySource, GallerySourceOptions } from "./gallery-source.js";
import { openGallerySource, surveySource } from "./gallery-source.js";
import type { GalleryStore, StoredCodes } from "./gallery-store.js";
import { openStore } from "./open-store.js";
import { withPushLock } from "./push-lock.js";
import { rowsFrom } from "./source-rows.js";

/** Settings of {@link pushGallery}. */
export interface PushGalleryOptions extends GallerySourceOptions, Abortable {
  /**
   * What will search it. "flat": all codes are compared, results are exact. "ivf": only codes in the lists of an inverted
   * file that are nearest to the query; quicker, some neighbours are missed; of Milvus alone. Default "flat".
   */
  readonly index?: StoreIndex;
  /** Of "ivf": how many lists the codes are divided into; 1..65536. Default: √rows. */
  readonly lists?: number;
  /** Is told how far it is. Default: nobody is. */
  readonly onProgress?: ProgressListener;
}

/** A gallery that was pushed. */
export interface PushedGallery {
  /** Its address, without what is secret. */
  readonly gallery: string;
  /** Rows of the codes. */
  readonly rows: number;
  /** Those of pictures that could not be read, which were left out. */
  readonly unread: number;
  readonly bits: number;
  /** Rows that were there before. */
  readonly found: number;
  readonly index: StoreIndex;
  readonly ids: boolean;
  readonly labels: boolean;
}

/**
 * Puts codes into a collection of Milvus or a table of ClickHouse, some at a time, with ids and labels of their rows. A push
 * that was ended, by whatever, goes on where it stopped when it is called again: rows are counted in the engine. Pictures that
 * `extract` could not read are left out: the others keep the numbers of their rows. Two pushes of one file wait for each other,
 * by a lock beside it; of codes in memory, of copies, or where no file can be written there, only one may push to a gallery at a
 * time, else that is told by the rows at the end.
 * @param codes in memory; or the path of an .npy file, as `readCodes` takes it, read twice and never held whole
 * @param address `milvus://[user:password@]host[:port]/[database/]collection`, or `clickhouse://…/table`
 * @throws {InputError} when something is damaged or does not go together; when another gallery, or anything else, is there
 * @throws {UnavailableError} when the engine does not answer, or its driver is not installed
 */
export async function pushGallery(
  codes: PackedCodes | string,
  address: string,
  options: PushGalleryOptions = {},
): Promise<PushedGallery> {
  const store = await openStore(address);
  try {
    const source = await openGallerySource(codes, options);
    const stored = await store.look(options); // before all is read: there may be no engine
    const record = await surveySource(source, indexOf(options, source.count), options);
    if (stored !== undefined) checkSameGallery(stored, record, store.place);
    const push = () => addMissing(store, record, source, options);
    if (typeof codes !== "string") return await push();
    const meter = new ProgressMeter("pushing codes", source.count, "codes", options.onProgress);
    const onWait = options.onProgress && ((sentence: string) => meter.report(0, sentence));
    return await withPushLock(codes, galleryAddress(address), push, { signal: options.signal, onWait });
  } finally {
    await store.close();
  }
}

/** Makes the gallery where it is not there, and adds the rows that it has not. */
async function addMissing(
  store: GalleryStore,
  record: GalleryRecord,
  source: GallerySource,
  options: PushGalleryOptions,
): Promise<PushedGallery> {
  const stored = await store.look(options); // what another has pushed meanwhile
  if (stored === undefined) await store.create(record);
  else {
    checkSameGallery(stored, record, store.place);
    await store.complete?.(record);
  }
  const target = store.codes(record);
  const { found, next } = await rowsThere(target, record, { source, store, options });
  await addRows(source, target, next, options);
  await target.finish(indexMeter(record, options), options);
  const rows = await target.count({}, options);
  if (rows !== rowsHeld(record)) throw unevenRows(rows, rowsHeld(record), store);
  const { bits, index, ids, labels, unread } = record;
  const facts = { rows: record.rows, unread: unread?.count ?? 0, bits, found, index };
  return { gallery: store.place, ...facts, ids: ids !== undefined, labels: labels !== undefined };
}

function indexOf({ index = "flat", lists }: PushGalleryOptions, rows: number): Pick<GalleryRecord, "index" | "lists"> {
  if (index === "flat") {
    if (lists === undefined) return { index };
    throw new InputError("only an inverted file has lists", { expected: 'the index "ivf"', actual: '"flat"' });
  }
  index satisfies "ivf";
  const usual = Math.max(1, Math.min(65536, Math.round(Math.sqrt(rows))));
  if (lists !== undefined && !(Number.isInteger(lists) && lists >= 1 && lists <= 65536)) {
    throw new InputError("number of lists out of range", { expected: "1..65536", actual: `${lists}` });
  }
  return { index, lists: lists ?? usual };
}

/** Rows that an earlier push has left: the first ones, each once. And the row that is next. */
async function rowsThere(
  target: StoredCodes,
  record: GalleryRecord,
  {
    source,
    store,
    options,
  }: { readonly source: GallerySource; readonly store: GalleryStore; readonly options: Abortable },
): Promise<{ found: number; next: number }> {
  await target.load(options);
  const found = await target.count({}, options);
  if (found > rowsHeld(record)) throw unevenRows(found, rowsHeld(record), store);
  if (found === 0) return { found, next: 0 };
  let next = found;
  for (const row of source.unread) if (row < next) next++; // ascending
  const first = await target.count({ window: { from: 0, to: next } }, options);
  if (first !== found) throw unevenRows(first, found, store);
  return { found, next };
}

function unevenRows(actual: number, rows: number, { place }: GalleryStore): InputError {
  return new InputError("this gallery does not hold each of its rows once, as after two pushes at the same time", {
    file: place,
    expected: `${rows} rows; \`hashbook gallery drop\` it and push again`,
    actual: `${actual}`,
  });
}

async function addRows(
  source: GallerySource,
  target: StoredCodes,
  next: number,
  { signal, onProgress }: PushGalleryOptions,
): Promise<void> {
  const meter = new ProgressMeter("pushing codes", source.count, "codes", onProgress, next);
  for await (const rows of rowsFrom(source, next, target.batch)) {
    checkAborted(signal);
    await target.add(rows);
    meter.report(rows.rows[rows.rows.length - 1] + 1);
  }
}

function indexMeter(record: GalleryRecord, { onProgress }: PushGalleryOptions): (indexed: number) => void {
  const rows = rowsHeld(record);
  const meter = new ProgressMeter("building the index", rows, "codes", onProgress);
  return indexed => meter.report(Math.min(rows, indexed));
}

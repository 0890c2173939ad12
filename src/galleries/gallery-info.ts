import { InputError } from "../core/errors.js";
import type { StoreEngine } from "./gallery-address.js";
import type { GalleryRecord } from "./gallery-record.js";
import { rowsHeld } from "./gallery-record.js";
import type { GalleryStore } from "./gallery-store.js";
import { openStore } from "./open-store.js";
import { noGallery } from "./stored-gallery.js";

/** What is known of a gallery in an engine. */
export interface GalleryInfo extends Omit<GalleryRecord, "classNames"> {
  /** Its address, without what is secret. */
  readonly gallery: string;
  readonly engine: StoreEngine;
  /** Rows that are there: fewer than `rows` without those `unread` where a push was not ended. */
  readonly stored: number;
}

/**
 * Looks at a gallery in an engine.
 * @throws {InputError} when there is none at this address
 * @throws {UnavailableError} when the engine does not answer, or its driver is not installed
 */
export async function galleryInfo(address: string): Promise<GalleryInfo> {
  return withGallery(address, async (store, { classNames: _, ...record }) => {
    const codes = store.codes(record);
    await codes.load();
    return { gallery: store.place, engine: store.engine, stored: await codes.count(), ...record };
  });
}

/**
 * Removes a gallery from an engine, with all its codes.
 * @param rows how many a whole push of it has added, as {@link galleryInfo} tells: another number removes nothing
 * @throws {InputError} when there is none at this address, or it has not that many rows
 */
export async function dropGallery(address: string, rows: number): Promise<{ gallery: string; rows: number }> {
  return withGallery(address, async (store, record) => {
    const held = rowsHeld(record);
    if (held !== rows) {
      throw new InputError("this gallery is another one than you mean: it was left as it is", {
        file: store.place,
        expected: `${rows} rows`,
        actual: `${held}`,
      });
    }
    await store.drop();
    return { gallery: store.place, rows };
  });
}

async function withGallery<T>(
  address: string,
  work: (store: GalleryStore, record: GalleryRecord) => Promise<T>,
): Promise<T> {
  const store = await openStore(address);
  try {
    const record = await store.look();
    if (record === undefined) throw noGallery(store.place);
    return await work(store, record);
  } finally {
    await store.close();
  }
}

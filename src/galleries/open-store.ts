import type { GalleryAddress } from "./gallery-address.js";
import { galleryAddress } from "./gallery-address.js";
import type { GalleryStore } from "./gallery-store.js";

/**
 * Opens the place of a gallery in an engine; whether anything is there, `look` says.
 * @throws {InputError} when the address is none
 * @throws {UnavailableError} when the engine's driver is not installed
 */
export async function openStore(address: string): Promise<GalleryStore> {
  return storeAt(galleryAddress(address));
}

async function storeAt(address: GalleryAddress): Promise<GalleryStore> {
  switch (address.engine) {
    case "milvus":
      return (await import("./milvus/milvus-store.js")).openMilvusStore(address);
    case "clickhouse":
      return (await import("./clickhouse/clickhouse-store.js")).openClickhouseStore(address);
    default:
      return address.engine satisfies never;
  }
}

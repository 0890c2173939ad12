import { dirname } from "node:path";
import type { PackedCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import type { Gallery } from "../ranking/gallery.js";
import type { OpenCodesGalleryOptions } from "../ranking/open-codes-gallery.js";
import { openCodesGallery } from "../ranking/open-codes-gallery.js";
import { readCodesIds, readCodesSidecar } from "./codes-sidecar.js";
import { readLargeDataFolder } from "./data-folder.js";
import { readFeatureManifest } from "./feature-manifest.js";

/** Settings of {@link openGallery}. */
export interface OpenGalleryOptions extends OpenCodesGalleryOptions {
  /**
   * Of a file: take the ids and labels that lie beside it, where none are given: `codes.ids.txt`, and `labels.npy` where
   * its folder is one of the same items. They are held in memory: 10^8 names do not fit. Default false.
   */
  readonly beside?: boolean;
}

/**
 * Opens a gallery: codes that stay in memory with the threads that search them, so that a search neither copies nor
 * starts anything. Memories hold 4 GiB each; as many are taken as the codes need. A file is read straight into them.
 * @param codes copied; or the path of an .npy file, as `readCodes` takes it
 * @throws {InputError} when the file is missing, damaged or holds no codes; when ids or labels are not as many as the codes,
 *   or are to lie beside them and do not; when there is no memory for them
 */
export async function openGallery(
  codes: PackedCodes | string,
  { beside = false, ...options }: OpenGalleryOptions = {},
): Promise<Gallery> {
  if (!beside) return openCodesGallery(codes, options);
  if (typeof codes !== "string") {
    throw new InputError("nothing lies beside codes in memory", {
      expected: "the path of an .npy file, or ids and labels",
    });
  }
  const found = await rowsBeside(codes);
  const { ids = found.ids, labels = found.labels } = options;
  return openCodesGallery(codes, { ...options, ids, labels });
}

/** Names of the rows of codes and, where their folder is one of the same items, their classes. */
async function rowsBeside(file: string): Promise<Pick<OpenCodesGalleryOptions, "ids" | "labels">> {
  const sidecar = await readCodesSidecar(file);
  const ids = sidecar && (await readCodesIds(file, sidecar));
  if (sidecar?.data === undefined || ids === undefined) {
    throw new InputError("nothing beside these codes says what their rows are called", {
      file,
      expected: "codes.json and codes.ids.txt, as `hashbook encode --data` and `hashbook extract --model` write them",
    });
  }
  const folder = dirname(file);
  if ((await readFeatureManifest(folder)) === undefined) return { ids };
  const { items, labels } = await readLargeDataFolder(folder);
  const isSame = items.contentHash === sidecar.data.contentHash && items.ids === sidecar.data.ids;
  return isSame ? { ids, labels } : { ids };
}

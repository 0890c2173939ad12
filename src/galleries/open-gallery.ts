import { dirname } from "node:path";
import type { PackedCodes } from "../codes/packed-codes.js";
import { InputError } from "../core/errors.js";
import { readCodesIds, readCodesSidecar } from "../features/codes-sidecar.js";
import { readLargeDataFolder } from "../features/data-folder.js";
import { readFeatureManifest } from "../features/feature-manifest.js";
import type { Gallery } from "../ranking/gallery.js";
import type { OpenCodesGalleryOptions } from "../ranking/open-codes-gallery.js";
import { openCodesGallery } from "../ranking/open-codes-gallery.js";
import { galleryAddress, isGalleryAddress } from "./gallery-address.js";
import { openStoredGallery } from "./stored-gallery.js";

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
 * starts anything. Memories hold 4 GiB each; as many are taken as the codes need. A file is read straight into them. Or one
 * that `hashbook gallery push` has put into an engine, by its address, which brings its names and classes:
 * `milvus://[user:password@]host[:port]/[database/]collection`, `clickhouse://…/table`, both with `?timeout=` seconds, and
 * `?probes=` lists of an inverted file to look into. Who may search is said in the address or by HASHBOOK_GALLERY_TOKEN;
 * `milvuss://` and `clickhouses://` are with TLS.
 * @param codes copied; or the path of an .npy file, as `readCodes` takes it; or an address
 * @throws {InputError} when the file is missing, damaged or holds no codes; when ids or labels are not as many as the codes,
 *   or are to lie beside them and do not; when there is no memory for them; when no gallery, or not all of it, is at the address
 * @throws {UnavailableError} when the engine does not answer, or its driver is not installed
 */
export async function openGallery(
  codes: PackedCodes | string,
  { beside = false, ...options }: OpenGalleryOptions = {},
): Promise<Gallery> {
  if (typeof codes === "string" && isGalleryAddress(codes)) {
    checkNoneGiven(codes, { beside: beside || undefined, ...options });
    return openStoredGallery(codes, options);
  }
  if (!beside) return openCodesGallery(codes, options);
  if (typeof codes !== "string") {
    throw new InputError("nothing lies beside codes in memory", {
      expected: "the path of an .npy file, or ids and labels",
    });
  }
  const found = await rowsBeside(codes);
  const { ids = found.ids, labels = found.labels, model = found.model, classNames = found.classNames } = options;
  return openCodesGallery(codes, { ...options, ids, labels, model, classNames });
}

/** What a gallery in an engine has itself, or has not. */
function checkNoneGiven(address: string, { signal: _, ...options }: OpenGalleryOptions): void {
  const given = Object.entries(options).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new InputError(`a gallery in an engine takes no ${given[0]}`, {
    file: galleryAddress(address).text,
    expected: "what was pushed to be right: `hashbook gallery info` shows it",
  });
}

type Beside = Pick<OpenCodesGalleryOptions, "ids" | "labels" | "model" | "classNames">;

/** Names of the rows of codes and, where their folder is one of the same items, their classes. */
async function rowsBeside(file: string): Promise<Beside> {
  const sidecar = await readCodesSidecar(file);
  const ids = sidecar && (await readCodesIds(file, sidecar));
  if (sidecar?.data === undefined || ids === undefined) {
    throw new InputError("nothing beside these codes says what their rows are called", {
      file,
      expected: "codes.json and codes.ids.txt, as `hashbook encode --data` and `hashbook extract --model` write them",
    });
  }
  const known = { ids, model: sidecar.model.hash, classNames: sidecar.classNames };
  const folder = dirname(file);
  if ((await readFeatureManifest(folder)) === undefined) return known;
  const { items, labels } = await readLargeDataFolder(folder);
  const isSame = items.contentHash === sidecar.data.contentHash && items.ids === sidecar.data.ids;
  return isSame ? { ...known, labels } : known;
}

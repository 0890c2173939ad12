import { openCodeBlocks } from "../codes/codes-file.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { availableCores } from "../core/cores.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import type { Gallery } from "./gallery.js";
import { GalleryBuilder } from "./resident-gallery.js";
import { MOST_THREADS, scanThreads } from "./scan-threads.js";

/** Settings of a gallery of codes. */
export interface OpenCodesGalleryOptions extends Abortable {
  /** Names of the rows, such as `readDataFolder` of a folder of codes reads with their labels. Default: rows have none. */
  readonly ids?: readonly string[];
  /** Classes of the rows, to filter by. Default: it cannot be filtered. */
  readonly labels?: Labels;
  /** SHA-256 of the model that made the codes, for who looks whether a query is of the same. Default: not known. */
  readonly model?: string;
  /** Names of the classes of the labels. Default: not known. */
  readonly classNames?: readonly string[];
  /** Threads that search, the calling one included; 1..256. Default: all cores that the process may use, as far as 256. */
  readonly threads?: number;
  /** Bits of a code, 1..1024; needed for packed codes without codes.json beside them. Default: as the codes, or that says. */
  readonly bits?: number;
  /**
   * What searches. "scan": all codes are compared. "multi-index": substrings are looked up where that is quicker, which it is
   * for near neighbours; it takes 20 to 30 bytes a code more and, for 10^7 codes, seconds to build; for codes in one memory.
   * "auto": from 10^5 codes on builds it, lets both search for some of the codes, and keeps it where it was quicker. Results
   * are the same. Default "scan".
   */
  readonly index?: "scan" | "multi-index" | "auto";
  /** Bytes of codes a memory holds at most; at least a code. Default: what fits into 4 GiB. */
  readonly segmentBytes?: number;
}

/**
 * Opens a gallery: codes that stay in memory with the threads that search them, so that a search neither copies nor
 * starts anything. Memories hold 4 GiB each; as many are taken as the codes need. A file is read straight into them.
 * @param codes copied; or the path of an .npy file, as `readCodes` takes it
 * @throws {InputError} when the file is missing, damaged or holds no codes; when ids or labels are not as many as the codes;
 *   when there is no memory for them
 */
export async function openCodesGallery(
  codes: PackedCodes | string,
  options: OpenCodesGalleryOptions = {},
): Promise<Gallery> {
  const cores = Math.min(MOST_THREADS, availableCores());
  const threads = options.threads === undefined ? cores : scanThreads(options.threads, 0, 0, 0);
  const { ids, labels, model, classNames, segmentBytes, index, bits, signal } = options;
  const shape = { ids, labels, model, classNames, segmentBytes, index };
  if (typeof codes === "string") {
    const file = await openCodeBlocks(codes, { bits });
    const builder = new GalleryBuilder({ ...shape, count: file.count, bits: file.bits });
    for await (const block of file.blocks()) {
      checkAborted(signal);
      builder.add(block);
    }
    return builder.open(threads);
  }
  if (bits !== undefined && bits !== codes.bits) {
    throw new InputError("number of bits differs", { expected: `${bits} bits`, actual: `${codes.bits}` });
  }
  const builder = new GalleryBuilder({ ...shape, count: codes.count, bits: codes.bits });
  builder.add(codes);
  return builder.open(threads);
}

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packedCodes } from "../codes/packed-codes.js";
import { HashbookError, InputError } from "../core/errors.js";
import { singleLabels } from "../core/labels.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import type { ImageInput } from "../datasets/image-input.js";
import { perceptualHash } from "../images/perceptual-hash.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import { greyThumbnail, THUMBNAIL_SIDE } from "../images/thumbnail.js";

/** What images are recognised by, one entry an image that could be read. */
export interface Fingerprints {
  readonly ids: readonly string[];
  /** Product of each, −1 where it is not known. */
  readonly products: Int32Array;
  /** SHA-256 of the file, base64. */
  readonly digests: readonly string[];
  /** Perceptual hashes, (images, bits). */
  readonly hashes: PackedCodes;
  /** Grey thumbnails, (images, 4096): what was cropped, mirrored or turned is found by them. Default: it is not looked for. */
  readonly thumbnails?: Uint8Array;
  /** Images that could not be read; they are not among the others. */
  readonly unreadable: readonly FailedImage[];
}

const PIXELS = THUMBNAIL_SIDE ** 2;

/** Images read at a time: enough to keep sharp's threads busy. */
const IN_FLIGHT = 8;

/**
 * Reads images once, for {@link findLeaks}. Takes some ten milliseconds an image; holds about 4.3 KB of each.
 * @throws {InputError} when there is no such row
 */
export async function fingerprintImages(
  dataset: Pick<Dataset, "ids" | "labels" | "image">,
  options: {
    /** Rows of the dataset. Default: all. */
    rows?: Int32Array;
    /** Rows of DCT coefficients of the perceptual hash: side² bits. Default 16, 256 bits. */
    side?: number;
    /** Name of the work in progress reports. Default "fingerprints". */
    task?: string;
    onProgress?: ProgressListener;
  } = {},
): Promise<Fingerprints> {
  const { rows = Int32Array.from(dataset.ids.keys()), side = 16, task = "fingerprints", onProgress } = options;
  const labels = singleLabels(dataset.labels, "a search for copies between products");
  const bytes = (side * side) / 8;
  const hashes = new Uint8Array(rows.length * bytes); // (rows, bytes)
  const thumbnails = new Uint8Array(rows.length * PIXELS); // (rows, 4096)
  const digests = new Array<string | undefined>(rows.length);
  const unreadable: FailedImage[] = [];
  const meter = new ProgressMeter(task, rows.length, "images", onProgress);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < rows.length) {
      const i = next++;
      const id = dataset.ids[rows[i]];
      try {
        const image = await dataset.image(rows[i]);
        const input = typeof image === "string" ? await contentOf(image) : image;
        hashes.set(await perceptualHash(input, { side, name: id }), i * bytes);
        thumbnails.set(await greyThumbnail(input, id), i * PIXELS);
        digests[i] = digestOf(input);
      } catch (cause) {
        if (!(cause instanceof HashbookError) || !(rows[i] < dataset.ids.length)) throw cause;
        unreadable.push({ row: rows[i], id, reason: cause.message });
      }
      meter.report(++done);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  const read = Int32Array.from(rows.keys()).filter(i => digests[i] !== undefined);
  const keptRows = (data: Uint8Array, width: number): Uint8Array => {
    if (read.length === rows.length) return data;
    const kept = new Uint8Array(read.length * width);
    read.forEach((i, to) => {
      kept.set(data.subarray(i * width, (i + 1) * width), to * width);
    });
    return kept;
  };
  return {
    ids: Array.from(read, i => dataset.ids[rows[i]]),
    products: read.map(i => labels[rows[i]]),
    digests: Array.from(read, i => digests[i]!),
    hashes: packedCodes(keptRows(hashes, bytes), side * side),
    thumbnails: keptRows(thumbnails, PIXELS),
    unreadable: unreadable.sort((a, b) => a.row - b.row),
  };
}

async function contentOf(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: Error) => {
    throw new InputError("this image cannot be read", { file, actual: cause.message, cause });
  });
}

function digestOf(input: Exclude<ImageInput, string>): string {
  const hash = createHash("sha256");
  if (input instanceof Uint8Array) return hash.update(input).digest("base64");
  const { data, width, height, channels } = input;
  return hash.update(`${width} ${height} ${channels}\n`).update(data).digest("base64");
}

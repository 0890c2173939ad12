import { checkAborted } from "../core/abort.js";
import { HashbookError, InputError } from "../core/errors.js";
import { limiter } from "../core/limiter.js";
import type { Dataset } from "../datasets/dataset.js";
import { preprocessor } from "./preprocess.js";
import type { Preprocessing } from "./preprocessing.js";
import { valuesPerImage } from "./scales.js";

/** Images ready for a network. */
export interface ImageBatch {
  /** Rows of the dataset, in the order they were asked for. */
  readonly rows: Int32Array;
  /**
   * (rows.length · views, crop, crop, 3), the views of an image one after another, and of several scales all of an image
   * before those of the next: {@link valuesPerImage} of each. The consumer's to keep.
   */
  readonly data: Float32Array;
  /** Images that could not be read, where they are tolerated; their values are zeros. */
  readonly failed: readonly FailedImage[];
  /** Images of which only a part could be decoded, where that is accepted; their values are of what is there. */
  readonly truncated: readonly FailedImage[];
}

/** An image that could not be read or decoded, or not to its end. */
export interface FailedImage {
  /** Row of the dataset. */
  readonly row: number;
  readonly id: string;
  /** The message of the error. */
  readonly reason: string;
}

/** Images decoded at a time: enough to keep libuv's four threads busy while one is being read and one normalised. */
export const DECODERS = 6;

/**
 * Preprocessed batches of the rows, in order, decoded ahead of the consumer: while it works on one, up to `ahead` more
 * are being made, and no more than that are held. Stopping early (break, return, an error) stops the decoding before
 * the generator ends.
 *
 * Decoding runs on libuv's threads (UV_THREADPOOL_SIZE, 4 by default), one thread an image: many images at a time
 * use cores better than many threads an image, so sharp's own concurrency is left at its default of 1.
 * @throws {InputError} naming the item when an image is bad or preprocessing is impossible
 */
export async function* preprocessedBatches(
  dataset: Pick<Dataset, "ids" | "image">,
  rows: ArrayLike<number>,
  preprocessing: Preprocessing,
  options: {
    /** Images a batch, 1 or more; the last may have fewer. Default 32. */
    batchSize?: number;
    /** Images of the first batch, 1 to batchSize. Default: as many as of the others. */
    firstSize?: number;
    /** Batches made ahead of the consumer, 0 or more. Default 2; each takes 4·3·crop² bytes an image. */
    ahead?: number;
    /** Goes on when an image cannot be read, and lists it in `failed`. Default false: that is an error. */
    tolerant?: boolean;
    /** Images decoded at a time, 1 or more. Default 6, which keeps libuv's four threads busy. */
    decoders?: number;
  } = {},
): AsyncGenerator<ImageBatch, void, undefined> {
  const { batchSize = 32, firstSize = batchSize, ahead = 2, tolerant = false, decoders = DECODERS } = options;
  if (!(Number.isInteger(batchSize) && batchSize >= 1 && Number.isInteger(ahead) && ahead >= 0)) {
    throw new InputError("these batches cannot be made", {
      expected: "whole numbers with batchSize ≥ 1 and ahead ≥ 0",
      actual: `batchSize ${batchSize}, ahead ${ahead}`,
    });
  }
  const size = valuesPerImage(preprocessing);
  const prepare = preprocessor(preprocessing);
  const limited = limiter(decoders);
  let stopped = false;

  const make = async (start: number): Promise<ImageBatch> => {
    const length = Math.min(start === 0 ? firstSize : batchSize, rows.length - start);
    const batchRows = Int32Array.from({ length }, (_, i) => rows[start + i]);
    const data = new Float32Array(batchRows.length * size); // (batch, values of an image)
    const failed: FailedImage[] = [];
    const truncated: FailedImage[] = [];
    const one = async (i: number): Promise<void> => {
      if (stopped) return;
      const row = batchRows[i];
      const name = dataset.ids[row];
      try {
        const part = await prepare(await dataset.image(row), data.subarray(i * size, (i + 1) * size), { name });
        if (part !== undefined) truncated.push({ row, id: name, reason: part });
      } catch (cause) {
        if (tolerant && cause instanceof HashbookError) {
          failed.push({ row, id: name, reason: cause.message });
          data.fill(0, i * size, (i + 1) * size); // Views before the one that failed were written.
          return;
        }
        stopped = true; // Images before this one have started; what comes after it will not be handed out.
        throw cause;
      }
    };
    const ends = await Promise.allSettled(Array.from(batchRows, (_, i) => limited(() => one(i))));
    const fatal = ends.find(end => end.status === "rejected");
    if (fatal !== undefined) throw fatal.reason;
    const byRow = (a: FailedImage, b: FailedImage): number => a.row - b.row;
    return { rows: batchRows, data, failed: failed.sort(byRow), truncated: truncated.sort(byRow) };
  };

  const queue: Promise<ImageBatch>[] = [];
  let next = 0;
  try {
    while (next < rows.length || queue.length > 0) {
      checkAborted();
      while (next < rows.length && queue.length <= ahead) {
        const batch = make(next);
        batch.catch(() => {}); // Reported when its turn comes.
        queue.push(batch);
        next += next === 0 ? firstSize : batchSize;
      }
      yield await queue.shift()!;
    }
  } finally {
    stopped = true;
    await Promise.allSettled(queue);
  }
}

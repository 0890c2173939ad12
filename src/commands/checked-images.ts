import { HashbookError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Truncated } from "../images/preprocessing.js";

/** An image that is not whole. */
export interface BrokenImage {
  readonly id: string;
  readonly reason: string;
}

/** Images that were decoded to check them. */
export interface CheckedImages {
  readonly images: number;
  /** Least and most, in pixels. */
  readonly width: readonly number[];
  readonly height: readonly number[];
  /** Those that cannot be decoded. */
  readonly broken: readonly BrokenImage[];
  /** Those that are cut short, where that is accepted. */
  readonly truncated: readonly BrokenImage[];
}

/** How images are checked. */
export interface CheckOptions {
  /** How many images to decode, 0 or more. */
  readonly limit: number;
  /** Whether those that are cut short are broken. */
  readonly truncated: Truncated;
}

/** Images decoded at a time. */
const IN_FLIGHT = 6;

/** Decodes a seeded sample of the images (all of them when `limit` is no smaller). */
export async function checkImages(dataset: Dataset, { limit, truncated }: CheckOptions): Promise<CheckedImages> {
  const { decodePixels } = await import("../images/decode.js");
  const rows = new Random(0).permutation(dataset.ids.length).slice(0, limit).sort();
  const width = [Number.POSITIVE_INFINITY, 0];
  const height = [Number.POSITIVE_INFINITY, 0];
  const broken: (BrokenImage & { row: number })[] = [];
  const cutShort: typeof broken = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < rows.length) {
      const row = rows[next++];
      const id = dataset.ids[row];
      try {
        const image = await decodePixels(await dataset.image(row), { name: id, truncated });
        if (image.cutShort !== undefined) cutShort.push({ row, id, reason: image.cutShort });
        for (const [bounds, side] of [
          [width, image.width],
          [height, image.height],
        ] as const) {
          bounds[0] = Math.min(bounds[0], side);
          bounds[1] = Math.max(bounds[1], side);
        }
      } catch (error) {
        if (!(error instanceof HashbookError)) throw error;
        broken.push({ row, id, reason: error.actual ?? error.message.split("; ")[0] });
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  const brokenOf = (list: typeof broken): BrokenImage[] =>
    list.sort((a, b) => a.row - b.row).map(({ id, reason }) => ({ id, reason }));
  const decoded = rows.length > broken.length;
  return {
    images: rows.length,
    width: decoded ? width : [],
    height: decoded ? height : [],
    broken: brokenOf(broken),
    truncated: brokenOf(cutShort),
  };
}

import { classesOf } from "../core/classes-of-items.js";
import type { Dataset } from "../datasets/dataset.js";
import { contactSheet } from "../images/contact-sheet.js";

/**
 * Images of a dataset with their classes below, all of them where they have several.
 * @param rows of the dataset, at least one
 * @returns the bytes of a PNG file
 * @throws {InputError} when an image cannot be read
 */
export async function exampleSheet(
  { classNames, labels, image }: Pick<Dataset, "classNames" | "labels" | "image">,
  rows: Int32Array,
  options: {
    /** Images a row, 1 or more. Default 5. */
    readonly columns?: number;
    /** Side of an image, in pixels, 8 or more. Default 128. */
    readonly size?: number;
  } = {},
): Promise<Uint8Array> {
  const { columns = 5, size = 128 } = options;
  const images = await Promise.all(Array.from(rows, row => image(row)));
  const captions = Array.from(rows, row =>
    classesOf(labels, row)
      .map(label => classNames[label])
      .join(", "),
  );
  return contactSheet(images, { columns, size, captions });
}

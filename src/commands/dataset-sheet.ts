import { HashbookError } from "../core/errors.js";
import type { Dataset } from "../datasets/dataset.js";
import { rowsByClass } from "../datasets/dataset.js";
import type { ImageInput, RawImage } from "../datasets/image-input.js";
import type { Truncated } from "../images/preprocessing.js";

/** Columns of the contact sheet at most. */
const COLUMNS = 10;
/** Rows of the contact sheet at most. */
const ROWS = 30;
/** Sheets of photographs have fewer rows, of larger pictures. */
const PHOTOGRAPH_ROWS = 12;
/** Images wider than this are photographs. */
const SMALL = 64;
/** Sides of an image's square, in pixels. */
const SMALL_SIZE = 56;
const PHOTOGRAPH_SIZE = 112;

const BLANK: ImageInput = { data: Uint8Array.of(255), width: 1, height: 1, channels: 1 };

/** A row of the sheet: what is written below its images, and their places in the dataset. */
interface SheetRow {
  readonly caption: string;
  readonly rows: readonly number[];
}

/** At most `count` of a list, spread evenly over it, from the first to the last. */
function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * (list.length - 1)) / (count - 1))]);
}

/** A row a class; where classes are not known, rows of queries, then of the gallery, or of all. */
function sheetRows(dataset: Dataset, limit: number): SheetRow[] {
  const classes = rowsByClass(dataset)
    .map((rows, label) => ({ caption: dataset.classNames[label], rows }))
    .filter(({ rows }) => rows.length > 0);
  if (classes.length > 0) return spread(classes, limit);
  const groups = new Map<string, number[]>();
  dataset.ids.forEach((id, row) => {
    const folder = id.includes("/") ? id.slice(0, id.indexOf("/")) : "";
    groups.set(folder, [...(groups.get(folder) ?? []).slice(0, COLUMNS * ROWS), row]);
  });
  return [...groups].flatMap(([caption, rows]) =>
    Array.from({ length: Math.min(Math.ceil(limit / groups.size), Math.ceil(rows.length / COLUMNS)) }, (_, line) => ({
      caption,
      rows: rows.slice(line * COLUMNS, (line + 1) * COLUMNS),
    })),
  );
}

/** A cross on white, in place of an image that cannot be read. */
function crossedOut(side: number): RawImage {
  const data = new Uint8Array(side * side).fill(255); // (side, side, 1)
  for (let i = 0; i < side; i++) {
    data[i * side + i] = 120;
    data[i * side + side - 1 - i] = 120;
  }
  return { data, width: side, height: side, channels: 1 };
}

/** A contact sheet, and how many of its images could not be read. */
export interface ClassSheet {
  readonly png: Uint8Array;
  readonly broken: number;
}

/**
 * A PNG with the first images of classes, a class a row, ten images at most; of many classes some, spread evenly over
 * all. Images that cannot be read are crossed out.
 */
export async function classSheet(
  dataset: Dataset,
  { truncated }: { readonly truncated: Truncated },
): Promise<ClassSheet> {
  const { contactSheet } = await import("../images/contact-sheet.js");
  const { thumbnail } = await import("../images/canvas.js");
  const photographs = await isOfPhotographs(dataset, truncated);
  const size = photographs ? PHOTOGRAPH_SIZE : SMALL_SIZE;
  const rows = sheetRows(dataset, photographs ? PHOTOGRAPH_ROWS : ROWS);
  const columns = rows.reduce((most, row) => Math.max(most, Math.min(COLUMNS, row.rows.length)), 1);
  const images: ImageInput[] = [];
  const captions: string[] = [];
  let broken = 0;
  const smallOf = async (row: number): Promise<ImageInput> =>
    thumbnail(await dataset.image(row), size, { name: dataset.ids[row], truncated }).catch(error => {
      if (!(error instanceof HashbookError)) throw error;
      broken++;
      return crossedOut(size);
    });
  for (const row of rows) {
    for (let column = 0; column < columns; column++) {
      const isThere = column < row.rows.length;
      images.push(isThere ? await smallOf(row.rows[column]) : BLANK);
      captions.push(isThere ? row.caption : "");
    }
  }
  return { png: await contactSheet(images, { columns, captions, size }), broken };
}

/** Images looked at to see whether they are photographs; the first that can be read says it. */
const LOOKED_AT = 20;

async function isOfPhotographs(dataset: Dataset, truncated: Truncated): Promise<boolean> {
  const { decodePixels } = await import("../images/decode.js");
  for (let row = 0; row < Math.min(LOOKED_AT, dataset.ids.length); row++) {
    try {
      const { width, height } = await decodePixels(await dataset.image(row), { name: dataset.ids[row], truncated });
      return Math.max(width, height) > SMALL;
    } catch (error) {
      if (!(error instanceof HashbookError)) throw error;
    }
  }
  return false;
}

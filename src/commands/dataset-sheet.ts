import type { Dataset } from "../datasets/dataset.js";
import { rowsByClass } from "../datasets/dataset.js";
import type { ImageInput } from "../datasets/image-input.js";

/** Columns of the contact sheet at most. */
const COLUMNS = 10;
/** Rows of the contact sheet at most. */
const ROWS = 30;
/** Sheets of photographs have fewer rows, of larger pictures. */
const PHOTOGRAPH_ROWS = 12;
/** Images wider than this are photographs. */
const SMALL = 64;

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

/**
 * A PNG with the first images of classes, a class a row, ten images at most; of many classes some, spread evenly over
 * all.
 */
export async function classSheet(dataset: Dataset): Promise<Uint8Array> {
  const { contactSheet } = await import("../images/contact-sheet.js");
  const { decodePixels } = await import("../images/decode.js");
  const first = await decodePixels(await dataset.image(0), { name: dataset.ids[0] });
  const photographs = Math.max(first.width, first.height) > SMALL;
  const rows = sheetRows(dataset, photographs ? PHOTOGRAPH_ROWS : ROWS);
  const columns = rows.reduce((most, row) => Math.max(most, Math.min(COLUMNS, row.rows.length)), 1);
  const images: ImageInput[] = [];
  const captions: string[] = [];
  for (const row of rows) {
    for (let column = 0; column < columns; column++) {
      const isThere = column < row.rows.length;
      images.push(isThere ? await dataset.image(row.rows[column]) : BLANK);
      captions.push(isThere ? row.caption : "");
    }
  }
  return contactSheet(images, { columns, captions, size: photographs ? 112 : undefined });
}

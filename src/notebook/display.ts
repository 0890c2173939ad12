import { displayOf } from "../core/display.js";
import { InputError } from "../core/errors.js";
import type { MimeBundle } from "../core/mime-bundle.js";
import type { SvgOptions } from "../plots/draw-svg.js";
import type { Figure } from "../plots/figure.js";
import { figureBundle } from "./figure-bundle.js";
import { drawnType, imageBundle } from "./image-bundle.js";
import { sendToCell } from "./kernel-display.js";
import { type TableData, type TableOptions, tableHtml, tablePlain } from "./table.js";

/** Shows data under several MIME types as one output; outside of a kernel a line on stderr tells of it. */
function showBundle(data: MimeBundle, metadata: Record<string, unknown> = {}): void {
  const plain = data["text/plain"];
  if (!sendToCell({ data, metadata, transient: {} })) process.stderr.write(`${plain}\n`);
}

/**
 * Shows a value in the cell that runs as the last value of a cell shows itself: figures, tables, images, and what this
 * library makes, by a picture and few numbers; others by their display (`registerDisplay`) or as text.
 */
export async function show(value: unknown): Promise<void> {
  const { data, metadata } = await displayOf(value);
  showBundle(data, metadata);
}

/**
 * Shows a figure in the cell that runs: live where the notebook can (JupyterLab, VS Code), and as static SVG for all
 * other readers (GitHub, print). Outside of a kernel nothing is shown.
 * @param options of the static picture
 */
export async function showFigure(figure: Figure, options: SvgOptions = {}): Promise<void> {
  showBundle(await figureBundle(figure, options));
}

/** Settings of {@link showImage}. */
export interface ImageDisplayOptions {
  /** What is to be seen, for those who cannot see it. Default: "image". */
  alt?: string;
  /** Width on the page in px. Default: that of the image. */
  width?: number;
}

/**
 * Shows a PNG or JPEG file in the cell that runs.
 * @param image the content of the file
 * @throws {InputError} when it is neither
 */
export function showImage(image: Uint8Array, options: ImageDisplayOptions = {}): void {
  const type = drawnType(image);
  if (type === undefined) {
    throw new InputError("cannot show the image", { expected: "the content of a PNG or JPEG file" });
  }
  const metadata = options.width === undefined ? {} : { [type]: { width: options.width } };
  showBundle(imageBundle(image, type, options.alt ?? "image"), metadata);
}

/**
 * Shows a table in the cell that runs: a danfojs DataFrame or an array of objects, whose keys are the columns.
 * @throws {InputError} when it is neither
 */
export function showTable(table: TableData, options: TableOptions = {}): void {
  showBundle({ "text/html": tableHtml(table, options), "text/plain": tablePlain(table, options) });
}

/** Shows Markdown text in the cell that runs, equations in `$…$` included. */
export function showMarkdown(text: string): void {
  showBundle({ "text/markdown": text, "text/plain": text });
}

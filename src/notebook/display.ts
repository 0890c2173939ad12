import { InputError } from "../core/errors.js";
import type { Figure } from "../plots/figure.js";
import { renderSvg, type SvgOptions } from "../plots/render-svg.js";
import { sendToCell } from "./kernel-display.js";
import type { MimeBundle } from "./nbformat.js";
import { type TableData, type TableOptions, tableHtml, tablePlain } from "./table.js";

/** MIME type of a plotly figure in notebooks. */
export const plotlyType = "application/vnd.plotly.v1+json";

/** Shows data under several MIME types as one output; outside of a kernel a line on stderr tells of it. */
function show(data: MimeBundle, metadata: Record<string, unknown> = {}): void {
  const plain = data["text/plain"];
  if (!sendToCell({ data, metadata, transient: {} })) process.stderr.write(`${plain}\n`);
}

function titleOf(figure: Figure): string {
  const { title } = figure.layout as { title?: string | { text?: string } };
  return (typeof title === "string" ? title : title?.text) ?? "figure";
}

/**
 * Shows a figure in the cell that runs: live where the notebook can (JupyterLab, VS Code), and as static SVG for all
 * other readers (GitHub, print). Outside of a kernel nothing is shown.
 * @param options of the static picture
 */
export async function showFigure(figure: Figure, options: SvgOptions = {}): Promise<void> {
  const svg = await renderSvg(figure, options);
  const plain = JSON.parse(JSON.stringify(figure)) as Figure;
  show({
    [plotlyType]: { data: plain.data, layout: plain.layout, config: { displaylogo: false, responsive: true } },
    "image/svg+xml": svg,
    "text/plain": `[${titleOf(figure)}]`,
  });
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
  const png = image[0] === 0x89 && image[1] === 0x50;
  if (!png && !(image[0] === 0xff && image[1] === 0xd8)) {
    throw new InputError("cannot show the image", { expected: "the content of a PNG or JPEG file" });
  }
  const type = png ? "image/png" : "image/jpeg";
  const metadata = options.width === undefined ? {} : { [type]: { width: options.width } };
  const base64 = Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString("base64");
  show({ [type]: base64, "text/plain": `[${options.alt ?? "image"}]` }, metadata);
}

/**
 * Shows a table in the cell that runs: a danfojs DataFrame or an array of objects, whose keys are the columns.
 * @throws {InputError} when it is neither
 */
export function showTable(table: TableData, options: TableOptions = {}): void {
  show({ "text/html": tableHtml(table, options), "text/plain": tablePlain(table, options) });
}

/** Shows Markdown text in the cell that runs, equations in `$…$` included. */
export function showMarkdown(text: string): void {
  show({ "text/markdown": text, "text/plain": text });
}

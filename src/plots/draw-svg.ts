import { createHash } from "node:crypto";
import { compactSvg } from "./compact-svg.js";
import type { Figure } from "./figure.js";
import { openPlotlyWindow, type PlotlyWindow, plainArrays } from "./plotly-window.js";

/** How a figure becomes a static picture. */
export interface SvgOptions {
  /** Width in px. Default: 640. */
  width?: number;
  /** Height in px. Default: that of the figure's layout, else 400. */
  height?: number;
}

/** One window for all figures of a thread (opening it takes half a second); one figure at a time, as it is seeded. */
let opened: Promise<PlotlyWindow> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** `renderSvg`, on this thread. */
export function drawSvg(figure: Figure, options: SvgOptions = {}): Promise<string> {
  const drawn = last.then(() => draw(figure, options));
  last = drawn.catch(() => undefined);
  return drawn;
}

async function draw(figure: Figure, options: SvgOptions): Promise<string> {
  opened ??= openPlotlyWindow();
  const window = await opened;
  const width = options.width ?? 640;
  const height = options.height ?? (figure.layout as { height?: number }).height ?? 400;
  const content = JSON.stringify([figure, width, height], plainArrays);
  window.seed(createHash("sha256").update(content).digest().readInt32LE(0));
  const size = { width, height };
  const svg = await window.plotly.toImage(window.adopt(figure), {
    ...size,
    format: "svg",
    imageDataOnly: true,
  });
  return compactSvg(svg);
}

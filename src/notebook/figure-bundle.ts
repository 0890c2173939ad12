import type { MimeBundle } from "../core/mime-bundle.js";
import { timeWork } from "../core/time-spent.js";
import type { SvgOptions } from "../plots/draw-svg.js";
import type { Figure } from "../plots/figure.js";
import { plainArrays } from "../plots/plotly-window.js";
import { renderSvg } from "../plots/render-figure.js";

/** MIME type of a plotly figure in notebooks. */
export const plotlyType = "application/vnd.plotly.v1+json";

/**
 * A figure as what notebooks draw: live where they can (JupyterLab, VS Code), and as static SVG for all other readers
 * (GitHub, print). A figure that our plotly cannot draw, as of maps or in three dimensions, has no SVG, and says so.
 * @param options of the static picture
 */
export async function figureBundle(figure: Figure, options: SvgOptions = {}): Promise<MimeBundle> {
  const { data, layout } = JSON.parse(JSON.stringify(figure, plainArrays)) as Figure;
  const live = { [plotlyType]: { data, layout, config: { displaylogo: false, responsive: true } } };
  const name = titleOf(figure);
  try {
    return {
      ...live,
      "image/svg+xml": await timeWork("figures", () => renderSvg(figure, options)),
      "text/plain": `[${name}]`,
    };
  } catch (error) {
    return { ...live, "text/plain": `[${name}; without a static picture: ${(error as Error)?.message ?? error}]` };
  }
}

function titleOf({ layout }: Figure): string {
  const { title } = layout as { title?: string | { text?: string } };
  return (typeof title === "string" ? title : title?.text) ?? "figure";
}

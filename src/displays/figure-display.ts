import type { Display } from "../core/display.js";
import { isPlainObject } from "../core/shown-value.js";
import type { Figure } from "../plots/figure.js";

const FIGURE_KEYS: ReadonlySet<string> = new Set(["data", "layout", "config", "frames"]);

/** Plotly figures, ours and those written by hand: `{ data: [traces], layout: {…} }`. */
export const figureDisplay: Display<Figure> = {
  name: "figure",
  is: (value): value is Figure =>
    isPlainObject(value) &&
    Array.isArray(value.data) &&
    value.data.every(isPlainObject) &&
    isPlainObject(value.layout) &&
    Object.keys(value).every(key => FIGURE_KEYS.has(key)),
  async mime(figure) {
    const { figureBundle } = await import("../notebook/figure-bundle.js"); // a tenth of a second, for fonts
    return figureBundle(figure);
  },
};

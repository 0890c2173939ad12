import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { DOMWindow } from "jsdom";
import { Random } from "../core/random.js";
import { textWidth } from "../core/typeface.js";
import { CellCanvas } from "./cell-canvas.js";
import { type MeasuredElement, measuredBox, measuredClientBox } from "./text-box.js";

/** Where the browser bundle of plotly.js lies: for the window below and to be inlined in reports. */
export function plotlyBundle(): string {
  return createRequire(import.meta.url).resolve("plotly.js");
}

interface Plotly {
  toImage(figure: unknown, options: object): Promise<string>;
}

/** A window of jsdom with plotly.js in it. */
export interface PlotlyWindow {
  readonly plotly: Plotly;
  /** A value as an object of the window's own realm. */
  adopt(value: unknown): unknown;
  /** Makes plotly's random ids a function of `seed`. */
  seed(seed: number): void;
}

/** jsdom draws and measures nothing; what plotly asks it is answered here. */
function standIns(window: DOMWindow): void {
  const canvases = new WeakMap<object, CellCanvas>();
  const canvas = window.HTMLCanvasElement.prototype as unknown as Record<string, unknown>;
  const context = (element: HTMLCanvasSize): CellCanvas => {
    const made = canvases.get(element) ?? new CellCanvas(element.width, element.height);
    canvases.set(element, made);
    return made;
  };
  canvas.getContext = function (this: HTMLCanvasSize): CellCanvas {
    return context(this);
  };
  canvas.toDataURL = function (this: HTMLCanvasSize): string {
    return context(this).toDataURL();
  };
  const element = window.Element.prototype as unknown as Record<string, unknown>;
  element.getBoundingClientRect = function (this: MeasuredElement) {
    return measuredClientBox(this);
  };
  const svg = window.SVGElement.prototype as unknown as Record<string, unknown>;
  svg.getBBox = function (this: MeasuredElement) {
    return measuredBox(this);
  };
  svg.getComputedTextLength = function (this: { textContent: string | null }) {
    return textWidth(this.textContent ?? "", 13);
  };
  // Without this plotly draws heatmaps with a px a cell and trusts the reader not to smooth them.
  (window as unknown as Record<string, unknown>).CSS = { supports: () => false };
  (window.URL as unknown as Record<string, unknown>).createObjectURL = () => "";
}

interface HTMLCanvasSize {
  width: number;
  height: number;
}

/** Makes the window; takes about half a second. */
export async function openPlotlyWindow(): Promise<PlotlyWindow> {
  const [{ JSDOM }, bundle] = await Promise.all([import("jsdom"), readFile(plotlyBundle(), "utf8")]);
  const { window } = new JSDOM("<!doctype html><body></body>", { runScripts: "outside-only", pretendToBeVisual: true });
  standIns(window);
  window.eval(bundle);
  return {
    plotly: (window as unknown as { Plotly: Plotly }).Plotly,
    adopt: value => window.JSON.parse(JSON.stringify(value, plainArrays)),
    seed: seed => {
      const random = new Random(seed);
      window.Math.random = () => random.uniform();
    },
  };
}

/** For JSON.stringify: typed arrays as arrays. */
export function plainArrays(_key: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Float64Array) : value;
}

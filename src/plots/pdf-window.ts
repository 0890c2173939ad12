import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { DOMWindow } from "jsdom";
import type { jsPDF } from "jspdf";
import type { FontChoice } from "../core/font-choice.js";
import { textWidth } from "../core/typeface.js";

/** What of the packages' browser bundles is used. */
interface PdfGlobals {
  readonly jspdf: { readonly jsPDF: typeof jsPDF };
  readonly svg2pdf: { svg2pdf(svg: Element, pdf: jsPDF, size: { width: number; height: number }): Promise<jsPDF> };
  readonly DOMParser: typeof DOMParser;
}

/** A window of jsdom with jsPDF and svg2pdf.js in it, which want a browser. */
export type PdfWindow = DOMWindow & PdfGlobals;

/**
 * Makes the window; takes a tenth of a second.
 * @param fonts what texts are set in: the window is asked how wide they are
 */
export async function openPdfWindow(fonts: FontChoice): Promise<PdfWindow> {
  const { resolve } = createRequire(import.meta.url);
  const [{ JSDOM }, ...bundles] = await Promise.all([
    import("jsdom"),
    readFile(resolve("jspdf/dist/jspdf.umd.min.js"), "utf8"),
    readFile(resolve("svg2pdf.js/dist/svg2pdf.umd.min.js"), "utf8"),
  ]);
  const { window } = new JSDOM("<!doctype html><body></body>", { runScripts: "outside-only" });
  standIns(window, fonts);
  for (const bundle of bundles) window.eval(bundle);
  return window as PdfWindow;
}

/** jsdom measures no text and loads no pictures; what svg2pdf.js asks it is answered here. */
function standIns(window: DOMWindow, fonts: FontChoice): void {
  Object.assign(window, { TextEncoder, TextDecoder, Image: PngSize });
  window.HTMLCanvasElement.prototype.getContext = () => null; // it then measures by getBBox
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: Element) {
      const width = textWidth(this.textContent ?? "", Number.parseFloat(this.getAttribute("font-size") ?? "0"), fonts);
      return { x: 0, y: 0, width, height: 0 };
    },
  });
}

/** As much of an `Image` as tells how large a PNG in a data URI is. */
class PngSize {
  width = 0;
  height = 0;
  onload: () => void = () => {};

  set src(uri: string) {
    const header = Buffer.from(uri.slice(uri.indexOf(",") + 1, uri.indexOf(",") + 41), "base64");
    this.width = header.readUInt32BE(16);
    this.height = header.readUInt32BE(20);
    queueMicrotask(() => this.onload());
  }
}

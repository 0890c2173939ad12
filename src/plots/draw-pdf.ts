import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { jsPDF } from "jspdf";
import type { FontChoice } from "../core/font-choice.js";
import { hasLetters, type Typeface, textRuns, typefaces } from "../core/typeface.js";
import { drawSvg } from "./draw-svg.js";
import { outlinedTexts, textsOf } from "./outlined-texts.js";
import type { PageFigure } from "./page-size.js";
import { openPdfWindow, type PdfWindow } from "./pdf-window.js";

const POINTS = 72;

/** `renderPdf` of a figure that is laid out for its page, on this thread. */
export async function drawPdf({ figure, size, inches }: PageFigure, fonts: FontChoice): Promise<Uint8Array> {
  const svg = await drawSvg(figure, size);
  const isSet = textsOf(svg).every(text => hasLetters(text, fonts));
  const window = await openPdfWindow(fonts);
  try {
    const page = [inches.width * POINTS, inches.height * POINTS] as const;
    return await onOnePage(window, isSet ? svg : await outlinedTexts(svg, fonts), page, fonts);
  } finally {
    window.close();
  }
}

async function onOnePage(
  window: PdfWindow,
  svg: string,
  [width, height]: readonly [number, number],
  fonts: FontChoice,
): Promise<Uint8Array> {
  const faces = typefaces(fonts);
  const pdf = new window.jspdf.jsPDF({
    unit: "pt",
    format: [width, height],
    orientation: width > height ? "landscape" : "portrait",
    compress: true,
    putOnlyUsedFonts: true,
  });
  pdf.setCreationDate("D:20000101000000+00'00'"); // the same figure, the same bytes
  pdf.setFileId("0".repeat(32));
  for (const face of faces) await addFace(pdf, face);
  const root = new window.DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  setTexts(root, faces);
  await window.svg2pdf.svg2pdf(root, pdf, { width, height });
  return new Uint8Array(pdf.output("arraybuffer"));
}

async function addFace(pdf: jsPDF, { name, file }: Typeface): Promise<void> {
  pdf.addFileToVFS(basename(file), (await readFile(file)).toString("base64"));
  pdf.addFont(basename(file), name, "normal");
}

/** Sets each part of each text in the typeface that has its letters. */
function setTexts(root: Element, faces: readonly Typeface[]): void {
  const document = root.ownerDocument;
  for (const text of Array.from(root.querySelectorAll("text"))) {
    for (const element of [text, ...Array.from(text.querySelectorAll("tspan"))]) {
      const own = Array.from(element.childNodes).filter(node => node.nodeType === node.TEXT_NODE);
      for (const node of own) {
        const spans = textRuns(node.textContent ?? "", faces).map(run => {
          const span = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
          span.setAttribute("style", `font-family: '${(run.face ?? faces[0]).name}'`);
          span.textContent = run.text;
          return span;
        });
        node.replaceWith(...spans);
      }
    }
  }
}

// A code as a small picture: a cell a bit, row by row. A one is full and a zero hollow; where it differs from the query's
// the cell is larger and coloured, so that neither colour alone nor a legend alone has to tell it.
import { codeWords, differingBits } from "./code-words.js";
import { svgElement } from "./element.js";

/** Cells a row: codes of one length always lie in the same shape, so that bits stand above each other. */
const COLUMNS = 16;

/** Cells a row of a code of so many bits. */
const columnsOf = (bits: number): number => (bits > 8 * COLUMNS ? 2 * COLUMNS : Math.min(COLUMNS, Math.max(bits, 1)));

/** Height of a code's drawing where its width is 16. */
export function codeHeight(bits: number): number {
  const columns = columnsOf(bits);
  return (Math.max(1, Math.ceil(bits / columns)) * COLUMNS) / columns;
}

/** Draws a code. @param query the code to compare with; left out for the query's own */
export function drawCode(code: string, query?: string): SVGSVGElement {
  const columns = columnsOf(code.length);
  const rows = Math.max(1, Math.ceil(code.length / columns));
  const differing = query === undefined ? [] : differingBits(code, query);
  const drawing = svgElement("svg", {
    class: query === undefined ? "code" : "code compared",
    viewBox: `0 0 ${columns} ${rows}`,
    preserveAspectRatio: "xMinYMin meet",
    role: "img",
    "aria-label": codeWords(code, query),
  });
  for (const [name, path] of Object.entries(paths(code, columns, new Set(differing)))) {
    if (path !== "") drawing.append(svgElement("path", { class: name, d: path }));
  }
  return drawing;
}

/** One path a kind of cell: a gallery of codes would be thousands of elements otherwise. */
function paths(code: string, columns: number, differing: ReadonlySet<number>): Record<string, string> {
  const found = { one: "", zero: "", "differs one": "", "differs zero": "" };
  for (let bit = 0; bit < code.length; bit++) {
    const [x, y] = [bit % columns, Math.floor(bit / columns)];
    const isOne = code[bit] === "1";
    if (differing.has(bit)) found[isOne ? "differs one" : "differs zero"] += cell(x, y, 0.06, isOne ? 0 : 0.2);
    else found[isOne ? "one" : "zero"] += cell(x, y, 0.16, isOne ? 0 : 0.13);
  }
  return found;
}

/** A square `inset` from its cell's border; with `wall` a hollow one, that thick: the inner square runs the other way. */
function cell(x: number, y: number, inset: number, wall: number): string {
  const side = round(1 - 2 * inset);
  const outer = `M${round(x + inset)} ${round(y + inset)}h${side}v${side}h${-side}z`;
  if (wall === 0) return outer;
  const inner = round(side - 2 * wall);
  const start = inset + wall;
  return `${outer}M${round(x + start)} ${round(y + start)}v${inner}h${inner}v${-inner}z`;
}

const round = (value: number): number => Math.round(value * 100) / 100;

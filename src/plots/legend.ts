import { textWidth } from "../core/typeface.js";

/** An SVG is read in the fonts of its reader; those of Linux browsers (DejaVu) are up to a fifth wider than ours. */
export const FALLBACK_WIDTH: number = 1.2;

/** px that a figure is wide, unless it is drawn for a page. */
export const FIGURE_WIDTH: number = 640;

/** px left and right of the axes. */
export const SIDES: { readonly l: number; readonly r: number } = { l: 68, r: 16 };

/** A legend that takes more than this part of the figure beside the axes leaves them too little: it then stands below, */
const WIDEST_BESIDE = 0.23;
/** and so it does where it would make the axes taller than they need be. */
const TALLEST_BESIDE = 360;
/** px of tick labels and legends. */
export const FONT_SIZE: number = 13;
/** px of a line of text, of an entry beside its lines, of an entry beside its name, between groups, and at both ends. */
const LINE = 17;
const ENTRY = 3;
const MARK = 45;
const GROUP_GAP = 4;
const ENDS = 12;
/** Plotly hides behind a scroll bar what is taller; nothing is. */
const ANY_HEIGHT = 10_000;

/** Tells the width in px of a line of text at a font size. */
export type TextMeasure = (text: string, fontSize: number) => number;

/** That of a reader's font. */
export function readersWidth(text: string, fontSize: number): number {
  return FALLBACK_WIDTH * textWidth(text, fontSize);
}

/** What of a plotly trace a legend shows. */
interface LegendTrace {
  readonly name?: string;
  readonly legendgroup?: string;
  readonly showlegend?: boolean;
}

/** A legend in which every trace is seen. */
export interface LegendPlace {
  /** Without `y` where it stands below the axes, for that depends on how high they are. */
  readonly legend: object;
  /** px it needs below the axis title. */
  readonly below: number;
  /** px it needs beside the axes. */
  readonly beside: number;
}

/** The traces that a legend shows. */
function shownTraces(data: readonly object[]): readonly LegendTrace[] {
  return (data as readonly LegendTrace[]).filter(({ name, showlegend }) => name && showlegend !== false);
}

/**
 * Where the legend of these traces goes: right of the axes, or below them where its names are long or many. Plotly itself
 * would hide what does not fit behind a scroll bar, which a static picture does not have.
 * @param width of the figure, in px
 * @param measure of what its letters are drawn with. Default: a reader's font
 */
export function legendPlace(
  data: readonly object[],
  width: number = FIGURE_WIDTH,
  measure: TextMeasure = readersWidth,
): LegendPlace {
  const shown = shownTraces(data);
  const lines = shown.map(({ name = "" }) => name.split("<br>"));
  const heights = lines.map(({ length }) => length * LINE + ENTRY);
  const widest = Math.max(0, ...lines.flat().map(line => measure(line, FONT_SIZE)));
  const groups = new Set(shown.map(({ legendgroup }, i) => legendgroup ?? i)).size;
  const beside = sum(heights) + groups * GROUP_GAP + ENDS;
  if (
    widest / (measure === readersWidth ? FALLBACK_WIDTH : 1) + MARK <= WIDEST_BESIDE * width &&
    beside <= TALLEST_BESIDE
  ) {
    return { legend: { x: 1.02, xanchor: "left", y: 1, yanchor: "top" }, below: 0, beside };
  }
  const entry = Math.ceil(widest);
  const columns = Math.max(1, Math.floor((width - SIDES.l - SIDES.r) / (entry + MARK)));
  const rows = Array.from({ length: Math.ceil(shown.length / columns) }, (_, row) =>
    Math.max(...heights.slice(row * columns, (row + 1) * columns)),
  );
  const corner = { x: 0, xanchor: "left", yanchor: "top" };
  const columnsOfOneWidth = { orientation: "h", traceorder: "normal", entrywidth: entry, maxheight: ANY_HEIGHT };
  return { legend: { ...corner, ...columnsOfOneWidth }, below: sum(rows) + ENDS, beside: 0 };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** px of a name in a legend below the axes. */
function roomBelow(width: number): number {
  return width - SIDES.l - SIDES.r - MARK;
}

/** The same traces, those with names that a legend below the axes has no room for with the name in several lines. */
export function wrappedNames(data: readonly object[], width: number, measure: TextMeasure): object[] {
  const shown = new Set<object>(shownTraces(data));
  return data.map(trace => {
    if (!shown.has(trace)) return trace;
    const name = (trace as { name: string }).name.replaceAll("<br>", " ");
    return { ...trace, name: wrapText(name, roomBelow(width), FONT_SIZE, measure) };
  });
}

/** A text in lines that are not wider than there is room for, parted at blanks where they can be, by `<br>`. */
export function wrapText(text: string, room: number, fontSize: number, measure: TextMeasure = readersWidth): string {
  const lines: string[] = [""];
  for (const word of text.split(/(?<= )/)) {
    const fits = measure((lines.at(-1) + word).trimEnd(), fontSize) <= room;
    if (fits || lines.at(-1) === "") lines[lines.length - 1] += word;
    else lines.push(word);
    while (measure(lines.at(-1)!.trimEnd(), fontSize) > room) {
      const letters = [...lines.pop()!];
      let fit = letters.length;
      while (fit > 1 && measure(letters.slice(0, fit).join(""), fontSize) > room) fit--;
      lines.push(letters.slice(0, fit).join(""), letters.slice(fit).join(""));
    }
  }
  return lines
    .filter(line => line !== "")
    .map(line => line.trimEnd())
    .join("<br>");
}

/** Names of which each is there once, for a legend: those that repeat get a number, `DCH (2)`, and long ones several lines. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map(name => {
    let own = name;
    for (let i = 2; seen.has(own) || (own !== name && taken.has(own)); i++) own = `${name} (${i})`;
    seen.add(own);
    return wrapText(own, roomBelow(FIGURE_WIDTH), FONT_SIZE);
  });
}

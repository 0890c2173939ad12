import { FONT_FAMILY } from "../core/typeface.js";
import { distinctNames, legendPlace } from "./legend.js";

/** The palette of Okabe and Ito, safe for colour-blind readers, in the order in which further methods get theirs. */
export const okabeIto = {
  blue: "#0072B2",
  vermillion: "#D55E00",
  green: "#009E73",
  purple: "#CC79A7",
  orange: "#E69F00",
  skyBlue: "#56B4E9",
  yellow: "#F0E442",
  black: "#000000",
  grey: "#999999",
} as const;

const colourOfMethod: Readonly<Record<string, string>> = {
  hashnet: okabeIto.blue,
  dch: okabeIto.vermillion,
  lsh: okabeIto.grey,
  cosine: okabeIto.black,
};

const furtherColours: readonly string[] = [
  okabeIto.green,
  okabeIto.purple,
  okabeIto.orange,
  okabeIto.skyBlue,
  okabeIto.yellow,
];

/** A name in a figure, and how it is coloured. */
export interface ColouredName {
  /** For example "DCH (γ = 10)". */
  readonly method: string;
  /**
   * `#RRGGBB`; or "next": the palette's next. Default: HashNet blue, DCH vermillion, LSH grey, cosine black when the
   * first word of the name is theirs, else "next".
   */
  readonly colour?: string;
}

/**
 * One colour a method, the same in every figure.
 * @param methods what is in one figure, repeats allowed; a name keeps the colour it has first
 */
export function methodColours(methods: readonly ColouredName[]): Map<string, string> {
  const colours = new Map<string, string>();
  const ownColour = ({ method, colour }: ColouredName): string | undefined =>
    colour === "next" ? undefined : (colour ?? colourOfMethod[method.toLowerCase().split(/[^a-z0-9]+/)[0]]);
  const taken = new Set(methods.map(ownColour));
  const free = furtherColours.filter(colour => !taken.has(colour));
  const further = free.length > 0 ? free : furtherColours;
  let next = 0;
  for (const one of methods) {
    if (!colours.has(one.method)) colours.set(one.method, ownColour(one) ?? further[next++ % further.length]);
  }
  return colours;
}

/** Plotly's names of line styles. */
export type LineDash = "solid" | "dot" | "dash" | "dashdot" | "longdash" | "longdashdot";

/** Of the second, third, … series of one method and length. */
const REPEAT_DASHES: readonly LineDash[] = ["dash", "dot", "dashdot", "longdash"];

const dashesInOrder: readonly LineDash[] = ["dot", "dash", "solid", "longdashdot", "dashdot", "longdash"];

/**
 * One line style for a number of bits, the same in every figure: 16 dotted, 32 dashed, 48 solid, 64 dash-dotted.
 * Where two numbers would share a style, all of the figure get theirs in ascending order instead.
 * @param bits the numbers in one figure, repeats allowed
 */
export function bitsDashes(bits: readonly number[]): Map<number, LineDash> {
  const distinct = [...new Set(bits)].sort((a, b) => a - b);
  const fixed = distinct.map(b => dashesInOrder[b <= 16 ? 0 : b <= 32 ? 1 : b <= 48 ? 2 : 3]);
  const clash = new Set(fixed).size < fixed.length;
  return new Map(distinct.map((b, i) => [b, clash ? dashesInOrder[i % dashesInOrder.length] : fixed[i]]));
}

const classColours: readonly string[] = [
  okabeIto.blue,
  okabeIto.orange,
  okabeIto.green,
  okabeIto.vermillion,
  okabeIto.skyBlue,
  okabeIto.purple,
  okabeIto.black,
  okabeIto.yellow,
  "#882255",
  "#44AA99",
];
const classSymbols: readonly string[] = ["circle", "diamond", "square", "triangle-up", "cross", "x"];

/** Colour and marker of a class: ten colours, then the same colours with the next marker. */
export function classMarker(label: number): { color: string; symbol: string } {
  const round = Math.floor(label / classColours.length);
  return { color: classColours[label % classColours.length], symbol: classSymbols[round % classSymbols.length] };
}

/** Plotly colour scales: `share` for 0..1 and counts, `signed` for values around 0. */
export const colourScales: Readonly<Record<"share" | "signed", readonly (readonly [number, string])[]>> = {
  share: [
    [0, "#FFFFFF"],
    [0.5, "#7FB8D8"],
    [1, "#00436A"],
  ],
  signed: [
    [0, okabeIto.blue],
    [0.5, "#FFFFFF"],
    [1, okabeIto.vermillion],
  ],
};

/** What every figure builder takes. */
export interface FigureOptions {
  /** Heading of the figure. Default: none. */
  title?: string;
  /** Height in px. Default: 400; the width is that of the page. */
  height?: number;
}

const ink = "#222222";
const grid = "#E6E6E6";

/** An axis in the shared style. `name` carries the unit, for example "loss (nats a pair)". */
export function figureAxis(name: string, more: object = {}): object {
  return {
    title: { text: name, standoff: 8, font: { size: 14 } },
    showline: true,
    linecolor: ink,
    linewidth: 1,
    ticks: "outside",
    ticklen: 4,
    tickcolor: ink,
    gridcolor: grid,
    zeroline: false,
    ...more,
  };
}

/** px of tick labels and legends. */
const FONT_SIZE = 13;

/**
 * The layout all figures share: white, one font, every trace in the legend (the figure grows where it is long).
 * Margins are fixed: they must hold in a browser as in the window without one that draws the SVG.
 * @param data the traces
 */
export function figureLayout(data: readonly object[], options: FigureOptions, more: object = {}): object {
  const top = options.title === undefined ? 16 : 44;
  const { legend, below, beside } = legendPlace(
    (more as { showlegend?: boolean }).showlegend === false ? [] : data,
    FONT_SIZE,
  );
  const own = options.height ?? 400;
  return {
    ...(options.title === undefined ? {} : { title: titleOf(options.title) }),
    height: Math.max(own + below, top + 52 + beside),
    margin: { l: 68, r: 16, t: top, b: 52 + below },
    font: { family: FONT_FAMILY, size: FONT_SIZE, color: ink },
    paper_bgcolor: "#FFFFFF",
    plot_bgcolor: "#FFFFFF",
    hovermode: "closest",
    ...more,
    legend: { ...legend, bgcolor: "rgba(255,255,255,0)", tracegroupgap: 4, ...(more as { legend?: object }).legend },
  };
}

function titleOf(text: string): object {
  const place = { x: 0, xref: "paper", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 12 } };
  return { text, ...place, font: { size: 15 } };
}

/** How the series of a method at a number of bits is called in legends: `DCH, 48 bits`. */
export function seriesName(method: string, bits: number | undefined): string {
  return bits === undefined ? method : `${method}, ${bits} bits`;
}

/** A method, at a number of bits where it has any (cosine on features has none). */
export interface MethodSeries extends ColouredName {
  readonly bits?: number;
  /** Of its training, for figures that show several. */
  readonly seed?: number;
}

/** How a series is drawn, as attributes of a plotly trace. */
export interface SeriesStyle {
  readonly name: string;
  readonly legendgroup: string;
  readonly line: { readonly color: string; readonly width: number; readonly dash: LineDash };
}

/**
 * Name and line of each series in a figure: colour by method, style by bits; what is there with several seeds has the
 * seed in its name and, where the figure has one number of bits, in its style. No two have the same name.
 */
export function seriesStyles(series: readonly MethodSeries[]): SeriesStyle[] {
  const colours = methodColours(series);
  const bits = series.flatMap(s => (s.bits === undefined ? [] : [s.bits]));
  const dashes = bitsDashes(bits);
  const plain = series.map(s => seriesName(s.method, s.bits));
  const names = distinctNames(
    series.map(({ seed }, i) => {
      const repeats = plain.indexOf(plain[i]) !== plain.lastIndexOf(plain[i]);
      return repeats && seed !== undefined ? `${plain[i]}, seed ${seed}` : plain[i];
    }),
  );
  return series.map(({ method, bits: own }, i) => {
    const before = plain.slice(0, i).filter(name => name === plain[i]).length;
    const byBits = own === undefined ? "solid" : (dashes.get(own) as LineDash);
    const dash = before > 0 && dashes.size <= 1 ? REPEAT_DASHES[(before - 1) % REPEAT_DASHES.length] : byBits;
    return { name: names[i], legendgroup: method, line: { color: colours.get(method) as string, width: 2, dash } };
  });
}

import { distinctNames } from "./legend.js";

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

/** How a method is told from the others of a figure. */
export interface MethodLook {
  readonly colour: string;
  /** 0; 1, 2, … where methods before it have the same colour: it is a shade of it then, and may have a line of its own. */
  readonly variant: number;
}

/**
 * One colour a method, the same in every figure; settings of one method, and more methods than there are colours, have
 * shades of it.
 * @param methods what is in one figure, repeats allowed; a name keeps the colour it has first
 */
export function methodLooks(methods: readonly ColouredName[]): Map<string, MethodLook> {
  const looks = new Map<string, MethodLook>();
  const variants = new Map<string, number>();
  const ownColour = ({ method, colour }: ColouredName): string | undefined =>
    colour === "next" ? undefined : (colour ?? colourOfMethod[method.toLowerCase().split(/[^a-z0-9]+/)[0]]);
  const taken = new Set(methods.map(ownColour));
  const free = furtherColours.filter(colour => !taken.has(colour));
  const further = free.length > 0 ? free : furtherColours;
  let next = 0;
  for (const one of methods) {
    if (looks.has(one.method)) continue;
    const colour = ownColour(one) ?? further[next++ % further.length];
    const variant = variants.get(colour) ?? 0;
    variants.set(colour, variant + 1);
    looks.set(one.method, { colour: shade(colour, variant), variant });
  }
  return looks;
}

/** The colours of {@link methodLooks} alone. */
export function methodColours(methods: readonly ColouredName[]): Map<string, string> {
  return new Map([...methodLooks(methods)].map(([method, { colour }]) => [method, colour]));
}

/** Parts of white, or below 0 of black, in the shades of a colour; of dark ones lighter alone, of light ones darker. */
const SHADES: readonly number[] = [0, -0.4, 0.4, -0.65, 0.55];
const SHADES_OF_DARK: readonly number[] = [0, 0.4, 0.55, 0.25, 0.65];
const SHADES_OF_LIGHT: readonly number[] = [0, -0.35, -0.6, -0.2, -0.75];

function shade(colour: string, variant: number): string {
  const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour)?.slice(1);
  if (parts === undefined || variant === 0) return colour;
  const light = parts.map(part => Number.parseInt(part, 16));
  const brightness = (0.3 * light[0] + 0.59 * light[1] + 0.11 * light[2]) / 255;
  const shades = brightness < 0.2 ? SHADES_OF_DARK : brightness > 0.6 ? SHADES_OF_LIGHT : SHADES;
  const part = shades[variant % shades.length];
  const mixed = light.map(value => Math.round(part > 0 ? value + (255 - value) * part : value * (1 + part)));
  return `#${mixed.map(value => value.toString(16).padStart(2, "0").toUpperCase()).join("")}`;
}

/** Plotly's names of line styles. */
export type LineDash = "solid" | "dot" | "dash" | "dashdot" | "longdash" | "longdashdot";

/** Of the second, third, … series of one method and length. */
const REPEAT_DASHES: readonly LineDash[] = ["dash", "dot", "dashdot", "longdash"];

/** Of keys that stand for all methods. */
const KEY_COLOUR = "#555555";

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
  /** False where {@link legendKeys} stand for it in the legend. */
  readonly showlegend?: false;
}

/**
 * Name and line of each series in a figure: colour by method, style by bits; what is there with several seeds has the
 * seed in its name and, where the figure has one number of bits, in its style. No two have the same name.
 */
export function seriesStyles(series: readonly MethodSeries[]): SeriesStyle[] {
  const looks = methodLooks(series);
  const bits = series.flatMap(s => (s.bits === undefined ? [] : [s.bits]));
  const dashes = bitsDashes(bits);
  const plain = series.map(s => seriesName(s.method, s.bits));
  const names = distinctNames(
    series.map(({ seed }, i) => {
      const repeats = plain.indexOf(plain[i]) !== plain.lastIndexOf(plain[i]);
      return repeats && seed !== undefined ? `${plain[i]}, seed ${seed}` : plain[i];
    }),
  );
  const hidden = hasKeys(series) ? { showlegend: false as const } : {};
  return series.map(({ method, bits: own }, i) => {
    const { colour, variant } = looks.get(method) as MethodLook;
    const before = dashes.size > 1 ? 0 : variant + plain.slice(0, i).filter(name => name === plain[i]).length;
    const byBits = own === undefined ? "solid" : (dashes.get(own) as LineDash);
    const dash = before > 0 ? REPEAT_DASHES[(before - 1) % REPEAT_DASHES.length] : byBits;
    return { name: names[i], legendgroup: method, line: { color: colour, width: 2, dash }, ...hidden };
  });
}

/** Whether methods and lengths, each on their own, are fewer than the series: 3 methods at 4 lengths are 7, not 12. */
function hasKeys(series: readonly MethodSeries[]): boolean {
  const bits = new Set(series.flatMap(s => s.bits ?? [])).size;
  const methods = new Set(series.map(s => s.method)).size;
  const distinct = new Set(series.map(s => seriesName(s.method, s.bits))).size;
  return bits > 1 && methods > 1 && distinct === series.length && methods + bits < series.length;
}

/**
 * Entries of the legend in place of those of the series, where that makes it shorter: a line in the colour of each method,
 * and one in the style of each length. Traces without points; none where the series stand in the legend themselves.
 */
export function legendKeys(series: readonly MethodSeries[]): object[] {
  if (!hasKeys(series)) return [];
  const key = (name: string, legendgroup: string, color: string, dash: LineDash): object => ({
    type: "scatter",
    mode: "lines",
    name,
    legendgroup,
    line: { color, width: 2, dash },
    x: [null],
    y: [null],
  });
  const methods = [...methodLooks(series)].map(([method, { colour }]) => key(method, method, colour, "solid"));
  const dashes = bitsDashes(series.flatMap(s => s.bits ?? []));
  return [...methods, ...[...dashes].map(([bits, dash]) => key(`${bits} bits`, "bits", KEY_COLOUR, dash))];
}

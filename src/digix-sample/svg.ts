import type { Random } from "../core/random.js";

/** What a device looks like from one side: the inside of an SVG document, without background. */
export interface Drawing {
  /** In SVG units, which are about pixels. */
  readonly width: number;
  readonly height: number;
  readonly body: string;
  /** Colour of the edges that show when it is turned, `#rrggbb`. */
  readonly edge: string;
  /** Thickness in the same units; 0 for what has no edges of its own. */
  readonly depth: number;
}

/** Fill, outline and the like; camelCase names become SVG's. */
export type Paint = Readonly<Record<string, string | number>>;

function attributes(paint: Paint): string {
  return Object.entries(paint)
    .map(([name, value]) => {
      const shown = typeof value === "number" ? Number(value.toFixed(2)) : value;
      return ` ${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}="${shown}"`;
    })
    .join("");
}

/** A rectangle, rounded by `r`. */
export function rect(x: number, y: number, width: number, height: number, r: number, paint: Paint): string {
  return `<rect${attributes({ x, y, width, height, rx: r, ...paint })}/>`;
}

export function circle(cx: number, cy: number, r: number, paint: Paint): string {
  return `<circle${attributes({ cx, cy, r, ...paint })}/>`;
}

export function ellipse(cx: number, cy: number, rx: number, ry: number, paint: Paint): string {
  return `<ellipse${attributes({ cx, cy, rx, ry, ...paint })}/>`;
}

/** A path; numbers are rounded to hundredths. */
export function path(d: readonly (string | number)[], paint: Paint): string {
  const text = d.map(part => (typeof part === "number" ? Number(part.toFixed(2)) : part)).join(" ");
  return `<path${attributes({ d: text, ...paint })}/>`;
}

export function group(paint: Paint, ...inside: readonly string[]): string {
  return `<g${attributes(paint)}>${inside.join("")}</g>`;
}

/** A linear gradient from (x1, y1) to (x2, y2), in parts of the shape; used as `fill: "url(#id)"`. */
export function gradient(id: string, [x1, y1, x2, y2]: readonly number[], colours: readonly string[]): string {
  const stops = colours.map((colour, i) => `<stop offset="${i / (colours.length - 1)}" stop-color="${colour}"/>`);
  return `<linearGradient id="${id}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}">${stops.join("")}</linearGradient>`;
}

/** What is inside is shown where `shape` is. */
export function clipTo(id: string, shape: string, ...inside: readonly string[]): string {
  return `<clipPath id="${id}">${shape}</clipPath><g clip-path="url(#${id})">${inside.join("")}</g>`;
}

/** A colour made lighter (towards white, amount up to 1) or darker (towards black, down to −1). */
export function shade(colour: string, amount: number): string {
  const target = amount > 0 ? 255 : 0;
  const part = Math.abs(amount);
  const channel = (at: number): string => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16);
    return Math.round(value + (target - value) * part)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

/** One of a list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.integer(list.length)];
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** True with the given probability. */
export function chance(random: Random, probability: number): boolean {
  return random.uniform() < probability;
}

/** Colours devices have. Dark and silver come often, as they do in shops, so that colour alone tells little. */
export const BODY_COLOURS: readonly string[] = [
  "#1c1d20",
  "#26282c",
  "#3a3d42",
  "#17181a",
  "#c9ccd1",
  "#b4b8be",
  "#e6e7e9",
  "#f2f2f0",
  "#23304a",
  "#d8b9a6",
  "#3f5148",
  "#7d2f35",
];

/** Makers' marks: 14 simple shapes around (0, 0), of radius 1. */
const MARKS: readonly string[] = [
  circle(0, 0, 1, {}),
  circle(0, 0, 0.75, { fill: "none", stroke: "currentColor", strokeWidth: 0.5 }),
  path(["M -1 0.8 L 0 -1 L 1 0.8 Z"], {}),
  path(["M 0 -1 L 1 0 L 0 1 L -1 0 Z"], {}),
  path(["M -0.3 -1 H 0.3 V -0.3 H 1 V 0.3 H 0.3 V 1 H -0.3 V 0.3 H -1 V -0.3 H -0.3 Z"], {}),
  path(["M 0.3 -1 A 1 1 0 1 0 0.3 1 A 0.75 0.75 0 1 1 0.3 -1 Z"], {}),
  path(["M -1 0.3 Q -0.5 -1 0 0 T 1 -0.3"], { fill: "none", stroke: "currentColor", strokeWidth: 0.5 }),
  circle(-0.7, 0, 0.28, {}) + circle(0, 0, 0.28, {}) + circle(0.7, 0, 0.28, {}),
  rect(-1, -0.8, 0.4, 1.6, 0, {}) + rect(-0.2, -0.3, 0.4, 1.1, 0, {}) + rect(0.6, -1, 0.4, 1.8, 0, {}),
  path(["M -0.5 -0.87 H 0.5 L 1 0 L 0.5 0.87 H -0.5 L -1 0 Z"], {}),
  path(["M -0.9 0.9 Q -1 -0.9 0.9 -0.9 Q 1 0.9 -0.9 0.9 Z"], {}),
  path(["M -1 -0.8 H 1 L -1 0.8 H 1"], { fill: "none", stroke: "currentColor", strokeWidth: 0.42 }),
  path(["M -1 0.7 V -0.7 L 0 0.4 L 1 -0.7 V 0.7"], { fill: "none", stroke: "currentColor", strokeWidth: 0.42 }),
  rect(-1, -0.35, 2, 0.7, 0.35, {}) + circle(0, -0.8, 0.22, {}),
];

export const MARK_COUNT: number = MARKS.length;

/** A maker's mark at (x, y). */
export function mark(which: number, x: number, y: number, radius: number, colour: string, opacity = 1): string {
  const place = `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${radius.toFixed(2)})`;
  return group({ transform: place, fill: colour, color: colour, opacity }, MARKS[which]);
}

/** The whole document, `side` pixels on its longer side. */
export function svgDocument({ width, height, body }: Drawing, side: number): string {
  const scale = side / Math.max(width, height);
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  const size = `width="${w}" height="${h}" viewBox="0 0 ${width.toFixed(1)} ${height.toFixed(1)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${body}</svg>`;
}

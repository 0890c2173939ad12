import type { Random } from "../core/random.js";
import { between, chance, circle, clipTo, gradient, path, pick, rect } from "./svg.js";

/** Where a screen is, in SVG units. */
export interface ScreenPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Radius of the corners. */
  readonly r: number;
  /** Distinguishes several screens of one document. */
  readonly id?: string;
}

const WALLPAPERS: readonly (readonly string[])[] = [
  ["#0b2a6b", "#2f7fd6", "#9fd4ff"],
  ["#2b0b4f", "#8d2fb8", "#ff8ac2"],
  ["#063b2c", "#2f9e6d", "#c8f0b0"],
  ["#7a1d0c", "#e8622c", "#ffd27a"],
  ["#101820", "#34495e", "#aab7c4"],
  ["#1f1147", "#3355dd", "#54e0c7"],
  ["#5a0f2e", "#d13b62", "#ffd0b8"],
];

/** A picture in the manner of the wallpapers that devices are sold with; belongs to the product. */
function wallpaper({ x, y, width, height, id = "" }: ScreenPlace, random: Random): string {
  const colours = pick(random, WALLPAPERS);
  const tilt = between(random, -0.5, 0.5);
  const parts = [
    gradient(`wall${id}`, [0.5 - tilt, 0, 0.5 + tilt, 1], colours),
    rect(x, y, width, height, 0, { fill: `url(#wall${id})` }),
  ];
  const kind = random.integer(4);
  const count = 2 + random.integer(4);
  for (let i = 0; i < count; i++) {
    const fill = i % 2 === 0 ? colours[2] : colours[0];
    const opacity = between(random, 0.2, 0.6);
    const [cx, cy] = [x + width * random.uniform(), y + height * between(random, 0.15, 1)];
    const size = Math.min(width, height) * between(random, 0.15, 0.5);
    if (kind === 0) parts.push(circle(cx, cy, size, { fill, opacity }));
    else if (kind === 1) {
      const top = y + height * between(random, 0.4, 0.8);
      const peak = ["M", x, y + height, "L", cx, top, "L", x + width, y + height, "Z"];
      parts.push(path(peak, { fill, opacity: opacity + 0.2 }));
    } else if (kind === 2) {
      const wave = ["M", x, cy, "C", x + width * 0.3, cy - size, x + width * 0.6, cy + size, x + width, cy - size / 2];
      parts.push(path(wave, { fill: "none", stroke: fill, strokeWidth: size * 0.4, opacity }));
    } else parts.push(circle(cx, cy, size, { fill: "none", stroke: fill, strokeWidth: size * 0.22, opacity }));
  }
  return parts.join("");
}

/** Rows of app icons. */
function icons({ x, y, width, height }: ScreenPlace, random: Random): string {
  const columns = 4;
  const step = width / (columns + 0.6);
  const rows = Math.max(1, Math.floor((height * 0.75) / step));
  const parts: string[] = [];
  for (let i = 0; i < rows * columns; i++) {
    if (chance(random, 0.25)) continue;
    const [left, top] = [x + step * (0.5 + (i % columns)), y + height * 0.16 + step * Math.floor(i / columns)];
    const fill = `hsl(${random.integer(360)} ${40 + random.integer(50)}% ${35 + random.integer(45)}%)`;
    parts.push(rect(left, top, step * 0.62, step * 0.62, step * 0.16, { fill }));
  }
  return parts.join("");
}

/** A page of text with a picture: what is on screens that are in use. Belongs to the moment, not to the product. */
function page({ x, y, width, height }: ScreenPlace, random: Random): string {
  const dark = chance(random, 0.3);
  const parts = [rect(x, y, width, height, 0, { fill: dark ? "#181a1d" : "#f4f5f6" })];
  const accent = `hsl(${random.integer(360)} 60% 50%)`;
  parts.push(rect(x, y, width, height * 0.1, 0, { fill: accent }));
  const pictured = between(random, 0.15, 0.4);
  const fill = `hsl(${random.integer(360)} 40% 60%)`;
  parts.push(rect(x + width * 0.06, y + height * 0.14, width * 0.88, height * pictured, 4, { fill }));
  for (let line = y + height * (0.2 + pictured); line < y + height * 0.92; line += height * 0.055) {
    const length = width * between(random, 0.4, 0.88);
    parts.push(rect(x + width * 0.06, line, length, height * 0.022, 2, { fill: dark ? "#7c828a" : "#9aa0a8" }));
  }
  return parts.join("");
}

/**
 * A lit or dark screen.
 * @param product stream of the product: its wallpaper
 * @param moment stream of the photograph: what is shown just then; undefined in the shop, which shows the wallpaper
 */
export function screen(place: ScreenPlace, product: Random, moment: Random | undefined): string {
  const { x, y, width, height, r, id = "" } = place;
  const own = wallpaper(place, product);
  const clockTop = y + height * between(product, 0.1, 0.2);
  const clock = rect(x + width * 0.3, clockTop, width * 0.4, height * 0.035, 2, { fill: "#ffffff", opacity: 0.85 });
  const state = moment === undefined ? 0 : moment.uniform();
  let content = own + clock;
  if (moment !== undefined && state > 0.92) content = rect(x, y, width, height, 0, { fill: "#0a0b0d" });
  else if (moment !== undefined && state > 0.74) content = page(place, moment);
  else if (moment !== undefined && state > 0.4) content = own + icons(place, moment);
  const glare = path(
    ["M", x, y, "L", x + width * 0.55, y, "L", x + width * 0.15, y + height, "L", x, y + height, "Z"],
    {
      fill: "#ffffff",
      opacity: 0.05,
    },
  );
  return clipTo(`screen${id}`, rect(x, y, width, height, r, {}), content, glare);
}

import type { Random } from "../core/random.js";
import { screen } from "./screen.js";
import type { Drawing } from "./svg.js";
import {
  BODY_COLOURS,
  between,
  chance,
  circle,
  clipTo,
  gradient,
  MARK_COUNT,
  mark,
  path,
  pick,
  rect,
  shade,
} from "./svg.js";

const STRAPS: readonly string[] = [
  "#1a1a1c",
  "#2b2b2e",
  "#5b3a24",
  "#8a5a36",
  "#c8c9cc",
  "#22335a",
  "#6b1f2a",
  "#e9e6df",
];
const ACCENTS: readonly string[] = ["#d55e00", "#009e73", "#0072b2", "#cc79a7", "#f0e442", "#ffffff"];

const HEIGHT = 380;
const WIDTH = 236;

type WatchTraits = ReturnType<typeof traitsOf>;

function traitsOf(random: Random) {
  return {
    square: chance(random, 0.4),
    size: between(random, 82, 98),
    r: between(random, 14, 42),
    colour: pick(random, BODY_COLOURS),
    strap: pick(random, STRAPS),
    strapKind: random.integer(4),
    strapWidth: between(random, 84, 112),
    taper: between(random, 0.7, 0.95),
    bezel: between(random, 5, 17),
    bezelKind: random.integer(3),
    dial: random.integer(4),
    dialColour: pick(random, ["#0c0d10", "#101522", "#f0efe9", "#16301f", "#2a1215", "#d9dbe0"]),
    accent: pick(random, ACCENTS),
    ticks: pick(random, [4, 12, 12, 60]),
    crowns: 1 + random.integer(3),
    crownAt: between(random, -0.35, 0.35),
    logo: random.integer(MARK_COUNT),
    lugs: chance(random, 0.5),
  };
}

/** Both halves of the strap. */
function strap(t: WatchTraits, back: boolean): string {
  const [cx, half] = [WIDTH / 2, t.strapWidth / 2];
  const end = half * t.taper;
  const piece = (from: number, to: number): string =>
    path(
      [
        "M",
        cx - half,
        from,
        "L",
        cx + half,
        from,
        "L",
        cx + end,
        to,
        "Q",
        cx,
        to + Math.sign(to - from) * 10,
        cx - end,
        to,
        "Z",
      ],
      {
        fill: "url(#strap)",
      },
    );
  const middle = HEIGHT / 2;
  const parts = [
    gradient("strap", [0, 0, 1, 0], [shade(t.strap, -0.3), shade(t.strap, 0.12), shade(t.strap, -0.3)]),
    piece(middle - 40, 8),
    piece(middle + 40, HEIGHT - 8),
  ];
  const ink = shade(t.strap, Number.parseInt(t.strap.slice(1, 3), 16) > 128 ? -0.35 : 0.25);
  for (let i = 0; i < 9; i++) {
    const away = t.size + 14 + i * 11;
    for (const y of [middle - away, middle + away]) {
      if (y < 12 || y > HEIGHT - 12) continue;
      if (t.strapKind === 0 && y > middle) parts.push(circle(cx, y, 3.4, { fill: shade(t.strap, -0.6) }));
      if (t.strapKind === 1) parts.push(rect(cx - half, y, 2 * half, 2, 0, { fill: ink, opacity: 0.8 }));
      if (t.strapKind === 2) {
        for (const x of [-half * 0.72, half * 0.72]) parts.push(rect(cx + x - 1, y, 2, 6, 0, { fill: ink }));
      }
    }
  }
  if (back) parts.push(rect(cx - end - 4, 12, 2 * end + 8, 12, 4, { fill: shade(t.colour, 0.1), opacity: 0.9 }));
  return parts.join("");
}

function shape(t: WatchTraits, size: number, fill: string): string {
  const [cx, cy] = [WIDTH / 2, HEIGHT / 2];
  if (!t.square) return circle(cx, cy, size, { fill });
  return rect(cx - size * 0.86, cy - size, size * 1.72, size * 2, t.r * (size / t.size), { fill });
}

function head(t: WatchTraits): string {
  const [cx, cy] = [WIDTH / 2, HEIGHT / 2];
  const parts: string[] = [];
  const side = cx + t.size * (t.square ? 0.86 : 0.96);
  for (let i = 0; i < t.crowns; i++) {
    const y = cy + t.size * (t.crownAt + (i - (t.crowns - 1) / 2) * 0.42);
    parts.push(rect(side - 4, y - 8, 12, i === 0 ? 18 : 13, 3, { fill: shade(t.colour, -0.2) }));
  }
  if (t.lugs) {
    for (const x of [-1, 1]) {
      const left = cx + x * t.strapWidth * 0.5 - 7;
      parts.push(rect(left, cy - t.size - 10, 14, 2 * t.size + 20, 6, { fill: shade(t.colour, -0.1) }));
    }
  }
  parts.push(gradient("case", [0, 0, 1, 1], [shade(t.colour, 0.3), t.colour, shade(t.colour, -0.3)]));
  parts.push(shape(t, t.size, "url(#case)"));
  return parts.join("");
}

function hands(t: WatchTraits, ink: string, moment: Random): string {
  const [cx, cy] = [WIDTH / 2, HEIGHT / 2];
  const parts: string[] = [];
  for (const [length, width] of [
    [0.45, 6],
    [0.68, 4],
  ]) {
    const angle = 2 * Math.PI * moment.uniform();
    const tip = [cx + t.size * length * Math.sin(angle), cy - t.size * length * Math.cos(angle)];
    parts.push(path(["M", cx, cy, "L", ...tip], { stroke: ink, strokeWidth: width, strokeLinecap: "round" }));
  }
  parts.push(circle(cx, cy, 5, { fill: t.accent }));
  return parts.join("");
}

/** Marks around a dial. */
function ticks(t: WatchTraits, radius: number, ink: string): string {
  const [cx, cy] = [WIDTH / 2, HEIGHT / 2];
  const parts: string[] = [];
  for (let i = 0; i < t.ticks; i++) {
    const angle = (2 * Math.PI * i) / t.ticks;
    const [s, c] = [Math.sin(angle), Math.cos(angle)];
    const long = t.ticks === 60 && i % 5 > 0 ? 0.95 : 0.84;
    const line = ["M", cx + radius * long * s, cy - radius * long * c, "L", cx + radius * s, cy - radius * c];
    parts.push(path(line, { stroke: i % 15 === 0 ? t.accent : ink, strokeWidth: t.ticks === 60 ? 1.6 : 4 }));
  }
  return parts.join("");
}

function dial(t: WatchTraits, product: Random, moment: Random): string {
  const [cx, cy] = [WIDTH / 2, HEIGHT / 2];
  const inner = t.size - t.bezel;
  const ink = Number.parseInt(t.dialColour.slice(1, 3), 16) > 128 ? "#26282c" : "#e9ebee";
  const parts = [shape(t, inner + 3, t.bezelKind === 0 ? "#0a0a0c" : shade(t.colour, t.bezelKind === 1 ? -0.4 : 0.4))];
  parts.push(shape(t, inner, t.dialColour));
  if (t.dial === 3) {
    const place = { x: cx - inner, y: cy - inner, width: 2 * inner, height: 2 * inner, r: 0, id: "dial" };
    parts.push(clipTo("glass", shape(t, inner, "#000000"), screen(place, product, undefined)));
    for (const [x, w] of [
      [-0.5, 0.4],
      [0.08, 0.4],
    ]) {
      parts.push(
        rect(cx + inner * x, cy - inner * 0.28, inner * w, inner * 0.5, 5, { fill: "#ffffff", opacity: 0.92 }),
      );
    }
    return parts.join("");
  }
  parts.push(ticks(t, inner * (t.square ? 0.84 : 0.94), ink), mark(t.logo, cx, cy - inner * 0.4, 6.5, ink, 0.9));
  if (t.dial === 1) {
    for (const [x, y] of [
      [-0.42, 0],
      [0.42, 0],
      [0, 0.42],
    ]) {
      parts.push(
        circle(cx + x * inner, cy + y * inner, inner * 0.21, {
          fill: shade(t.dialColour, 0.15),
          stroke: ink,
          strokeWidth: 1.4,
        }),
      );
    }
  }
  if (t.dial === 2) parts.push(rect(cx + inner * 0.42, cy - 8, 22, 16, 2, { fill: "#f4f4f2", stroke: ink }));
  return parts.join("") + hands(t, ink, moment);
}

function sensors(t: WatchTraits): string {
  const [cx, cy] = [WIDTH / 2, HEIGHT / 2];
  const parts = [shape(t, t.size * 0.82, shade(t.colour, -0.25)), circle(cx, cy, t.size * 0.52, { fill: "#15171b" })];
  const count = 2 + t.crowns;
  for (let i = 0; i < count; i++) {
    const angle = (2 * Math.PI * i) / count + t.crownAt;
    const at = [cx + t.size * 0.28 * Math.cos(angle), cy + t.size * 0.28 * Math.sin(angle)] as const;
    parts.push(circle(at[0], at[1], 7.5, { fill: i % 2 === 0 ? "#2e7d4f" : "#3a3f4a" }));
  }
  parts.push(mark(t.logo, cx, cy + t.size * 0.67, 6, shade(t.colour, 0.4)));
  return parts.join("");
}

/** A watch with its strap: the dial (hands where they are just then), or the sensors at the back. */
export function drawWatch(product: Random, view: string, moment: Random | undefined): Drawing {
  const t = traitsOf(product);
  const time = moment ?? product.stream("ten past ten");
  const body = strap(t, view === "back") + head(t) + (view === "front" ? dial(t, product, time) : sensors(t));
  return { width: WIDTH, height: HEIGHT, body, edge: shade(t.strap, -0.35), depth: 8 };
}

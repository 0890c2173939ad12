import type { Random } from "../core/random.js";
import type { Drawing } from "./svg.js";
import {
  BODY_COLOURS,
  between,
  chance,
  circle,
  ellipse,
  gradient,
  MARK_COUNT,
  mark,
  path,
  pick,
  rect,
  shade,
} from "./svg.js";

const ACCENTS: readonly string[] = [
  "#c9ccd1",
  "#b08d57",
  "#a6372c",
  "#2b62a8",
  "#2f8f5b",
  "#17181a",
  "#e6e7e9",
  "#d55e00",
];

const WIDTH = 330;
const HEIGHT = 360;

type HeadphoneTraits = ReturnType<typeof traitsOf>;

function traitsOf(random: Random) {
  return {
    colour: pick(random, BODY_COLOURS),
    accent: pick(random, ACCENTS),
    pad: pick(random, ["#141416", "#222226", "#5b3a24", "#cfcac2", "#3a3d42"]),
    band: between(random, 11, 27),
    arch: between(random, 0, 44),
    spread: between(random, 84, 108),
    cup: random.integer(3),
    cupW: between(random, 52, 70),
    cupH: between(random, 66, 92),
    tilt: between(random, 4, 16),
    yoke: random.integer(3),
    pattern: random.integer(5),
    logo: random.integer(MARK_COUNT),
    cushion: chance(random, 0.6),
    microphone: chance(random, 0.25),
    cable: chance(random, 0.3),
  };
}

function cupShape(t: HeadphoneTraits, w: number, h: number, fill: string): string {
  if (t.cup === 0) return ellipse(0, 0, w, h, { fill });
  if (t.cup === 1) return rect(-w, -h, 2 * w, 2 * h, w * 0.62, { fill });
  return path(
    [
      "M",
      -w,
      -h * 0.4,
      "Q",
      -w,
      -h,
      0,
      -h,
      "Q",
      w,
      -h,
      w,
      -h * 0.2,
      "Q",
      w * 0.9,
      h,
      -w * 0.2,
      h,
      "Q",
      -w,
      h,
      -w,
      -h * 0.4,
      "Z",
    ],
    {
      fill,
    },
  );
}

function pattern(t: HeadphoneTraits, w: number, h: number): string {
  const parts: string[] = [];
  if (t.pattern === 1) parts.push(circle(0, 0, w * 0.72, { fill: "none", stroke: t.accent, strokeWidth: 4 }));
  if (t.pattern === 2) {
    for (let i = -3; i <= 3; i++)
      parts.push(rect(-w * 0.6, i * h * 0.16, w * 1.2, 3, 1.5, { fill: shade(t.colour, -0.4) }));
  }
  if (t.pattern === 3) {
    for (let i = 0; i < 37; i++) {
      const [radius, angle] = [w * 0.72 * Math.sqrt(i / 37), i * 2.4];
      parts.push(circle(radius * Math.cos(angle), radius * Math.sin(angle), 2.6, { fill: shade(t.colour, -0.5) }));
    }
  }
  if (t.pattern === 4) parts.push(rect(-3, -h * 0.8, 6, h * 1.6, 3, { fill: t.accent }));
  return parts.join("");
}

/** The outside of a cup, around (0, 0). */
function cup(t: HeadphoneTraits, w: number, h: number): string {
  const light = Number.parseInt(t.colour.slice(1, 3), 16) > 128;
  return [
    cupShape(t, w * 1.04, h * 1.03, shade(t.colour, -0.3)),
    cupShape(t, w * 0.97, h * 0.97, "url(#cup)"),
    cupShape(t, w * 0.8, h * 0.8, shade(t.colour, light ? -0.06 : 0.07)),
    pattern(t, w, h),
    mark(t.logo, 0, t.pattern === 2 ? h * 0.6 : 0, 12, t.accent),
  ].join("");
}

const defs = (t: HeadphoneTraits): string =>
  gradient("cup", [0, 0, 1, 1], [shade(t.colour, 0.2), t.colour, shade(t.colour, -0.25)]);

function band(t: HeadphoneTraits, cx: number, cupY: number): string {
  const top = 30;
  const s = t.spread;
  const arc = (inset: number): (string | number)[] => [
    "M",
    cx - s + inset,
    cupY,
    "C",
    cx - s - 6 + inset,
    top - t.arch * 0.3 + inset,
    cx - s * 0.62,
    top - 22 + inset,
    cx,
    top - 22 + inset,
    "C",
    cx + s * 0.62,
    top - 22 + inset,
    cx + s + 6 - inset,
    top - t.arch * 0.3 + inset,
    cx + s - inset,
    cupY,
  ];
  const parts = [path(arc(t.band / 2), { fill: "none", stroke: t.colour, strokeWidth: t.band })];
  parts.push(path(arc(t.band * 0.3), { fill: "none", stroke: shade(t.colour, 0.3), strokeWidth: 2, opacity: 0.7 }));
  if (t.cushion) {
    const inner = ["M", cx - s * 0.6, top + 22, "Q", cx, top - 12 + t.band, cx + s * 0.6, top + 22];
    parts.push(path(inner, { fill: "none", stroke: t.pad, strokeWidth: 15, strokeLinecap: "round" }));
  }
  return parts.join("");
}

function front(t: HeadphoneTraits): string {
  const cx = WIDTH / 2;
  const cupY = HEIGHT - t.cupH - 30;
  const parts = [defs(t), band(t, cx, cupY - t.cupH * 0.6)];
  for (const side of [-1, 1]) {
    const x = cx + side * t.spread;
    const bar = { fill: t.yoke === 0 ? "#9a9da3" : t.accent };
    if (t.yoke < 2) parts.push(rect(x - 5, cupY - t.cupH - 24, 10, 60, 4, bar));
    else for (const d of [-14, 10]) parts.push(rect(x + d, cupY - t.cupH - 14, 5, 60, 2, bar));
    const place = `translate(${x} ${cupY}) rotate(${(-side * t.tilt).toFixed(1)})`;
    const cushion = rect(side > 0 ? -34 : 0, -t.cupH * 0.94, 34, t.cupH * 1.88, 15, { fill: t.pad });
    const shell = `<g transform="translate(${side * 15} 0) scale(0.5 1)">${cup(t, t.cupW, t.cupH)}</g>`;
    parts.push(`<g transform="${place}">${cushion}${shell}</g>`);
  }
  return parts.join("") + extras(t, cx - t.spread, cupY + t.cupH);
}

/** Boom microphone and cable, at the bottom of a cup. */
function extras(t: HeadphoneTraits, x: number, y: number): string {
  const parts: string[] = [];
  if (t.microphone) {
    parts.push(
      path(["M", x - 6, y - 26, "Q", x + 4, y + 20, x + 62, y + 14], {
        fill: "none",
        stroke: "#1a1a1c",
        strokeWidth: 5,
      }),
    );
    parts.push(rect(x + 56, y + 7, 24, 13, 6, { fill: "#111113" }));
  }
  if (t.cable) {
    const wire = [
      "M",
      x,
      y - 6,
      "C",
      x - 6,
      y + 30,
      x + 70,
      y + 30,
      x + 110,
      y + 18,
      "S",
      x + 170,
      y + 26,
      x + 196,
      y + 20,
    ];
    parts.push(path(wire, { fill: "none", stroke: t.accent, strokeWidth: 3.5 }));
  }
  return parts.join("");
}

function side(t: HeadphoneTraits): string {
  const cx = WIDTH / 2;
  const cupY = HEIGHT - t.cupH * 1.25 - 26;
  const w = t.cupW * 1.3;
  const h = t.cupH * 1.25;
  const stem = t.band * 0.9 + 16;
  const parts = [defs(t), rect(cx - stem / 2, 8, stem, cupY - 8, stem * 0.4, { fill: t.colour })];
  parts.push(rect(cx - stem / 2 + 4, 10, 4, cupY - 20, 2, { fill: shade(t.colour, 0.3), opacity: 0.6 }));
  if (t.cushion) parts.push(rect(cx - stem / 2 - 5, 6, stem + 10, 46, 14, { fill: t.pad }));
  const fork = { fill: "none", stroke: t.yoke === 0 ? "#9a9da3" : t.accent, strokeWidth: 9 };
  parts.push(
    path(
      [
        "M",
        cx - w * 1.02,
        cupY,
        "Q",
        cx - w,
        cupY - h * 1.2,
        cx,
        cupY - h * 1.12,
        "Q",
        cx + w,
        cupY - h * 1.2,
        cx + w * 1.02,
        cupY,
      ],
      fork,
    ),
  );
  parts.push(`<g transform="translate(${cx + 10} ${cupY + 3})">${cupShape(t, w, h, t.pad)}</g>`);
  parts.push(`<g transform="translate(${cx} ${cupY})">${cup(t, w, h)}</g>`);
  return parts.join("") + extras(t, cx - 30, cupY + h);
}

/** Headphones from the front, or a cup from its side. */
export function drawHeadphones(product: Random, view: string): Drawing {
  const t = traitsOf(product);
  const body = view === "front" ? front(t) : side(t);
  return { width: WIDTH, height: HEIGHT, body, edge: shade(t.colour, -0.3), depth: view === "front" ? 10 : 16 };
}

import type { Random } from "../core/random.js";
import { screen } from "./screen.js";
import type { Drawing } from "./svg.js";
import { BODY_COLOURS, between, chance, circle, gradient, MARK_COUNT, mark, path, pick, rect, shade } from "./svg.js";

const WIDTH = 380;

type LaptopTraits = ReturnType<typeof traitsOf>;

function traitsOf(random: Random) {
  const colour = pick(random, BODY_COLOURS);
  const light = Number.parseInt(colour.slice(1, 3), 16) > 128;
  return {
    lidHeight: between(random, 205, 246),
    baseHeight: between(random, 96, 128),
    spread: between(random, 0, 22),
    r: between(random, 4, 16),
    colour,
    keys: light && chance(random, 0.4) ? shade(colour, 0.35) : "#1b1c1f",
    bezel: between(random, 6, 15),
    chin: between(random, 10, 30),
    pad: between(random, 0.22, 0.42),
    padAt: pick(random, [0.5, 0.5, 0.44]),
    numbers: chance(random, 0.3),
    speakers: chance(random, 0.35),
    logo: random.integer(MARK_COUNT),
    logoSize: between(random, 13, 27),
    logoAt: pick(random, [
      [0.5, 0.5],
      [0.5, 0.5],
      [0.14, 0.84],
      [0.5, 0.2],
    ]),
    lid: random.integer(5),
    hinge: random.integer(3),
    point: chance(random, 0.2),
    rows: 5 + random.integer(2),
  };
}

/** Keys between two lines that run apart, as a keyboard seen from the front does. */
function keyboard(t: LaptopTraits, top: number, height: number, left: number): string {
  const parts: string[] = [];
  const right = WIDTH - left;
  const columns = t.numbers ? 18 : 14;
  for (let row = 0; row < t.rows; row++) {
    const y = top + (height * row) / t.rows;
    const inset = left - (t.spread * (y - top)) / t.baseHeight;
    const step = (right - left + 2 * (left - inset)) / columns;
    for (let key = 0; key < columns; key++) {
      const wide = row === t.rows - 1 && key > 3 && key < 9;
      if (wide && key > 4) continue;
      const gap = t.numbers && key >= 14 ? 4 : 0;
      const width = step * (wide ? 4.86 : 0.84);
      parts.push(rect(inset + key * step + gap, y, width, (height / t.rows) * 0.8, 2, { fill: t.keys }));
    }
  }
  if (t.point) parts.push(circle(WIDTH * 0.47, top + height * 0.5, 4, { fill: "#c4252a" }));
  return parts.join("");
}

function base(t: LaptopTraits, top: number): string {
  const { spread, baseHeight, colour } = t;
  const bottom = top + baseHeight;
  const deck = ["M", spread, top, "L", WIDTH - spread, top, "L", WIDTH, bottom, "Q", WIDTH, bottom + 8, WIDTH - 10];
  const margin = t.speakers ? 54 : 30;
  const pad = WIDTH * t.pad;
  const parts = [
    gradient("deck", [0, 0, 0, 1], [shade(colour, -0.12), shade(colour, 0.08)]),
    path([...deck, bottom + 8, "L", 10, bottom + 8, "Q", 0, bottom + 8, 0, bottom, "Z"], { fill: "url(#deck)" }),
    path(["M", 0, bottom, "L", WIDTH, bottom], { stroke: shade(colour, 0.35), strokeWidth: 1.2 }),
    keyboard(t, top + 9, baseHeight * 0.56, margin),
    rect(WIDTH * t.padAt - pad / 2, top + baseHeight * 0.68, pad, baseHeight * 0.27, 4, {
      fill: shade(colour, -0.14),
      stroke: shade(colour, 0.2),
    }),
  ];
  if (t.speakers) {
    for (let i = 0; i < 8; i++) {
      for (const x of [spread + 10, WIDTH - spread - 36]) {
        parts.push(rect(x, top + 12 + i * 7, 26, 2.5, 1, { fill: shade(colour, -0.5) }));
      }
    }
  }
  return parts.join("");
}

function open(t: LaptopTraits, product: Random, moment: Random | undefined): string {
  const { lidHeight, bezel, chin, colour, spread, r } = t;
  const x = Math.min(spread, 10);
  const width = WIDTH - 2 * x;
  const place = { x: x + bezel, y: bezel + 3, width: width - 2 * bezel, height: lidHeight - bezel - 3 - chin, r: 2 };
  const bar = shade(colour, -0.45);
  const hinge =
    t.hinge === 0
      ? rect(WIDTH * 0.2, lidHeight - 2, WIDTH * 0.6, 8, 3, { fill: bar })
      : t.hinge === 1
        ? rect(WIDTH * 0.12, lidHeight - 2, 54, 9, 3, { fill: bar }) +
          rect(WIDTH * 0.74, lidHeight - 2, 54, 9, 3, { fill: bar })
        : rect(x, lidHeight - 2, width, 7, 0, { fill: bar });
  const ink = shade("#101113", 0.6);
  return [
    rect(x, 0, width, lidHeight, r, { fill: shade(colour, 0.1) }),
    rect(x + 2, 2, width - 4, lidHeight - 4, r - 2, { fill: "#0d0e10" }),
    screen(place, product, moment),
    circle(WIDTH / 2, bezel / 2 + 2, 2.2, { fill: "#33415a" }),
    chin > 16 ? mark(t.logo, WIDTH / 2, lidHeight - chin / 2, chin * 0.26, ink) : "",
    base(t, lidHeight + 4),
    hinge,
  ].join("");
}

function lid(t: LaptopTraits): string {
  const { lidHeight: h, colour, r } = t;
  const light = Number.parseInt(colour.slice(1, 3), 16) > 128;
  const ink = shade(colour, light ? -0.4 : 0.5);
  const parts = [
    gradient("lid", [0, 0, 1, 1], [shade(colour, 0.16), colour, shade(colour, -0.12)]),
    rect(0, 0, WIDTH, h, r, { fill: "url(#lid)" }),
  ];
  if (t.lid === 1) parts.push(rect(0, h * 0.82, WIDTH, 3, 0, { fill: ink, opacity: 0.5 }));
  if (t.lid === 2) {
    for (const x of [0.3, 0.7]) parts.push(rect(WIDTH * x, 0, 2.5, h, 0, { fill: ink, opacity: 0.4 }));
  }
  if (t.lid === 3)
    parts.push(path(["M", 0, h * 0.7, "L", WIDTH, h * 0.25, "V", h, "H", 0, "Z"], { fill: ink, opacity: 0.12 }));
  if (t.lid === 4) parts.push(rect(10, 10, WIDTH - 20, h - 20, r, { fill: "none", stroke: ink, opacity: 0.4 }));
  parts.push(mark(t.logo, WIDTH * t.logoAt[0], h * t.logoAt[1], t.logoSize, ink, 0.9));
  const bar = shade(colour, -0.5);
  if (t.hinge === 1) for (const x of [0.12, 0.74]) parts.push(rect(WIDTH * x, h - 5, 54, 9, 3, { fill: bar }));
  else parts.push(rect(WIDTH * 0.2, h - 4, WIDTH * 0.6, 7, 3, { fill: bar }));
  return parts.join("");
}

/** A laptop, open from the front, or its lid. */
export function drawLaptop(product: Random, view: string, moment: Random | undefined): Drawing {
  const t = traitsOf(product);
  const edge = shade(t.colour, -0.25);
  if (view === "back") return { width: WIDTH, height: t.lidHeight + 5, body: lid(t), edge, depth: 12 };
  const height = t.lidHeight + t.baseHeight + 14;
  return { width: WIDTH, height, body: open(t, product, moment), edge, depth: 5 };
}

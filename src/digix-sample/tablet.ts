import type { Random } from "../core/random.js";
import { lens } from "./phone.js";
import { screen } from "./screen.js";
import type { Drawing } from "./svg.js";
import { BODY_COLOURS, between, chance, circle, gradient, MARK_COUNT, mark, pick, rect, shade } from "./svg.js";

type TabletTraits = ReturnType<typeof traitsOf>;

function traitsOf(random: Random) {
  const home = chance(random, 0.35);
  const bezel = between(random, 9, 22);
  return {
    w: between(random, 248, 284),
    h: between(random, 350, 386),
    r: between(random, 8, 26),
    colour: pick(random, BODY_COLOURS),
    white: chance(random, 0.35),
    bezel,
    chin: home ? between(random, 34, 46) : bezel,
    home,
    cameras: random.integer(4),
    middle: chance(random, 0.2),
    logo: random.integer(MARK_COUNT),
    logoSize: between(random, 14, 30),
    logoAt: between(random, 0.3, 0.62),
    speakers: random.integer(4),
    antenna: random.integer(4),
    pen: chance(random, 0.25),
  };
}

function front(t: TabletTraits, product: Random, moment: Random | undefined): string {
  const { w, h, r, bezel, chin, home } = t;
  const glass = t.white ? "#f4f4f2" : "#0a0b0c";
  const place = { x: bezel, y: chin, width: w - 2 * bezel, height: h - 2 * chin, r: home ? 2 : 6 };
  const button = circle(w / 2, h - chin / 2, 12, { fill: "none", stroke: shade(glass, t.white ? -0.25 : 0.3) });
  return [
    rect(0, 0, w, h, r, { fill: t.colour }),
    rect(2.5, 2.5, w - 5, h - 5, r - 2, { fill: glass }),
    screen(place, product, moment),
    circle(w / 2, chin / 2, 3.4, { fill: t.white ? "#55585c" : "#26303c" }),
    home ? button : "",
  ].join("");
}

function speakers({ w, h, speakers: kind, colour }: TabletTraits): string {
  const fill = shade(colour, -0.45);
  if (kind === 0) return "";
  const holes: string[] = [];
  for (let i = 0; i < 10; i++) {
    if (kind === 1) holes.push(circle(w * 0.3 + i * w * 0.045, h - 9, 2, { fill }));
    else holes.push(rect(w * (kind === 2 ? 0.08 : 0.62) + i * 7, h - 14, 4, 8, 2, { fill }));
  }
  return holes.join("");
}

function back(t: TabletTraits): string {
  const { w, h, r, colour } = t;
  const ink = shade(colour, Number.parseInt(colour.slice(1, 3), 16) > 128 ? -0.4 : 0.45);
  const x = t.middle ? w / 2 : 28;
  const parts = [
    gradient("back", [0, 0, 1, 1], [shade(colour, 0.1), colour, shade(colour, -0.12)]),
    rect(0, 0, w, h, r, { fill: "url(#back)" }),
  ];
  if (t.antenna === 1) parts.push(rect(0, 0, w, h * 0.09, r, { fill: shade(colour, -0.35) }));
  if (t.antenna === 2) parts.push(rect(0, h * 0.1, w, 2, 0, { fill: ink, opacity: 0.6 }));
  if (t.antenna === 3) parts.push(rect(w * 0.93, 0, 2, h, 0, { fill: ink, opacity: 0.5 }));
  const count = 1 + (t.cameras % 3);
  if (count > 1) parts.push(rect(x - 15, 12, 30, 10 + count * 25, 14, { fill: shade(colour, -0.3) }));
  for (let i = 0; i < count; i++) parts.push(lens(x, 29 + i * 25, 9.5, colour));
  if (t.cameras === 3) parts.push(circle(x + 24, 29, 4, { fill: "#f3ead0" }));
  parts.push(mark(t.logo, w / 2, h * t.logoAt, t.logoSize, ink, 0.85), speakers(t));
  parts.push(rect(w * 0.4, h * 0.9, w * 0.2, 3, 1.5, { fill: ink, opacity: 0.4 }));
  return parts.join("");
}

/** A tablet from the front or from the back; some have a pen at their side. */
export function drawTablet(product: Random, view: string, moment: Random | undefined): Drawing {
  const t = traitsOf(product);
  const inside = view === "front" ? front(t, product, moment) : back(t);
  const room = t.pen ? 22 : 0;
  const pen = t.pen
    ? rect(t.w + 9, t.h * 0.18, 11, t.h * 0.6, 5.5, { fill: t.white ? "#f4f4f2" : shade(t.colour, -0.2) })
    : "";
  return { width: t.w + room, height: t.h, body: inside + pen, edge: shade(t.colour, -0.2), depth: 9 };
}

import type { Random } from "../core/random.js";
import { screen } from "./screen.js";
import type { Drawing } from "./svg.js";
import { BODY_COLOURS, between, chance, circle, gradient, MARK_COUNT, mark, path, pick, rect, shade } from "./svg.js";

/** A lens as phones have it. */
export function lens(x: number, y: number, r: number, rim: string): string {
  return [
    circle(x, y, r, { fill: shade(rim, -0.35) }),
    circle(x, y, r * 0.82, { fill: "#0b0c10" }),
    circle(x, y, r * 0.45, { fill: "#1d2a44" }),
    circle(x - r * 0.25, y - r * 0.28, r * 0.16, { fill: "#8fb2e6", opacity: 0.85 }),
  ].join("");
}

type PhoneTraits = ReturnType<typeof traitsOf>;

function traitsOf(random: Random) {
  const colour = pick(random, BODY_COLOURS);
  const old = chance(random, 0.2);
  return {
    w: between(random, 172, 196),
    h: between(random, 348, 388),
    r: between(random, 12, 34),
    colour,
    second: chance(random, 0.3) ? pick(random, BODY_COLOURS) : shade(colour, between(random, -0.25, 0.25)),
    bezel: between(random, 5, 11),
    chin: old ? between(random, 34, 46) : between(random, 7, 16),
    notch: old ? 5 : random.integer(5),
    cameras: random.integer(7),
    lensSize: between(random, 12, 17.5),
    left: pick(random, [0, 0, 0.5, 1]),
    logo: random.integer(MARK_COUNT),
    logoAt: between(random, 0.42, 0.8),
    finger: chance(random, 0.3),
    buttons: random.integer(4),
    stripe: random.integer(5),
    island: chance(random, 0.65),
  };
}

/** The hole, notch or forehead above the screen. */
function notch({ w, bezel, notch: kind }: PhoneTraits, top: number): string {
  const dark = { fill: "#050506" };
  const middle = w / 2;
  if (kind === 0) return circle(middle, top + 10, 6, dark);
  if (kind === 1) return circle(bezel + 20, top + 13, 6.5, dark);
  if (kind === 2) return rect(middle - 34, top - 4, 68, 18, 9, dark);
  if (kind === 3) return path(["M", middle - 22, top, "Q", middle, top + 30, middle + 22, top, "Z"], dark);
  if (kind === 4) return rect(w - bezel - 46, top + 6, 34, 13, 6.5, dark);
  return rect(middle - 22, top - 22, 44, 5, 2.5, { fill: "#3a3c40" });
}

function sideButtons({ w, h, buttons, colour }: PhoneTraits): string {
  const fill = shade(colour, -0.3);
  const power = rect(w - 1, h * (0.2 + 0.05 * buttons), 4, 36, 2, { fill });
  const volume = buttons % 2 === 0 ? rect(-3, h * 0.18, 4, 60, 2, { fill }) : rect(w - 1, h * 0.09, 4, 26, 2, { fill });
  return power + volume;
}

function front(t: PhoneTraits, product: Random, moment: Random | undefined): string {
  const { w, h, r, bezel, chin, colour, notch: kind } = t;
  const top = kind === 5 ? chin * 0.9 : bezel + 3;
  const black = shade(colour, -0.2) === colour ? "#000000" : kind === 5 ? colour : "#08090a";
  const place = { x: bezel, y: top, width: w - 2 * bezel, height: h - top - chin, r: kind === 5 ? 2 : r * 0.8 };
  const home =
    kind === 5 ? circle(w / 2, h - chin / 2, 13, { fill: shade(black, 0.12), stroke: shade(black, 0.4) }) : "";
  return [
    sideButtons(t),
    rect(0, 0, w, h, r, { fill: shade(colour, 0.15) }),
    rect(2.5, 2.5, w - 5, h - 5, r - 2, { fill: black }),
    screen(place, product, moment),
    notch(t, top),
    home,
  ].join("");
}

/** Places of lenses in a module, in lens sizes, with the module's width and height; the last place is the flash. */
const MODULES: readonly { size: readonly [number, number]; at: readonly (readonly [number, number])[] }[] = [
  {
    size: [2.9, 8.4],
    at: [
      [1.45, 1.45],
      [1.45, 4],
      [1.45, 6.3],
    ],
  },
  {
    size: [5.4, 5.4],
    at: [
      [1.5, 1.5],
      [3.9, 1.5],
      [1.5, 3.9],
      [3.9, 3.9],
    ],
  },
  {
    size: [5.4, 5.4],
    at: [
      [1.5, 1.5],
      [1.5, 3.9],
      [3.9, 2.7],
      [4.4, 1],
    ],
  },
  {
    size: [8.2, 2.9],
    at: [
      [1.5, 1.45],
      [4, 1.45],
      [6.6, 1.45],
    ],
  },
  {
    size: [6.6, 6.6],
    at: [
      [3.3, 1.6],
      [1.8, 4.1],
      [4.8, 4.1],
      [3.3, 3.3],
    ],
  },
  {
    size: [2.9, 5.2],
    at: [
      [1.45, 1.45],
      [1.45, 3.9],
    ],
  },
  {
    size: [3.2, 3.2],
    at: [
      [1.6, 1.6],
      [2.9, 0.4],
    ],
  },
];

function cameras(t: PhoneTraits): string {
  const { size, at } = MODULES[t.cameras];
  const s = t.lensSize;
  const [width, height] = [size[0] * s, size[1] * s];
  const margin = 14;
  const x = margin + (t.w - 2 * margin - width) * t.left;
  const round = t.cameras === 4 ? width / 2 : Math.min(width, height) * 0.32;
  const fill = shade(t.colour, t.logo % 2 === 0 ? -0.35 : 0.12);
  const island = t.island
    ? rect(x, margin, width, height, round, { fill, stroke: shade(fill, 0.2), strokeWidth: 1 })
    : "";
  const lenses = at.map(([cx, cy], i) => {
    if (i === at.length - 1 && at.length > 1) return circle(x + cx * s, margin + cy * s, s * 0.4, { fill: "#f3ead0" });
    return lens(x + cx * s, margin + cy * s, s * (i === 0 ? 1 : 0.88), t.colour);
  });
  return island + lenses.join("");
}

function back(t: PhoneTraits): string {
  const { w, h, r, colour, second } = t;
  const ink = shade(colour, Number.parseInt(colour.slice(1, 3), 16) > 128 ? -0.45 : 0.5);
  const parts = [
    sideButtons(t),
    gradient("back", t.stripe % 2 === 0 ? [0, 0, 1, 1] : [0, 0, 0, 1], [shade(colour, 0.12), colour, second]),
    rect(0, 0, w, h, r, { fill: shade(colour, 0.25) }),
    rect(2, 2, w - 4, h - 4, r - 2, { fill: "url(#back)" }),
  ];
  if (t.stripe === 3) parts.push(rect(0, h * 0.86, w, 3, 0, { fill: ink, opacity: 0.5 }));
  if (t.stripe === 4) parts.push(rect(w * 0.62, 2, w * 0.14, h - 4, 0, { fill: second, opacity: 0.8 }));
  parts.push(cameras(t));
  if (t.finger) parts.push(circle(w / 2, h * 0.36, 17, { fill: shade(colour, -0.2), stroke: ink, strokeWidth: 1.4 }));
  parts.push(mark(t.logo, w / 2, h * t.logoAt, 13, ink, 0.9));
  parts.push(rect(w * 0.36, h * 0.92, w * 0.28, 3, 1.5, { fill: ink, opacity: 0.45 }));
  return parts.join("");
}

/** A phone from the front or from the back. */
export function drawPhone(product: Random, view: string, moment: Random | undefined): Drawing {
  const traits = traitsOf(product);
  const body = view === "front" ? front(traits, product, moment) : back(traits);
  return { width: traits.w, height: traits.h, body, edge: shade(traits.colour, -0.15), depth: 11 };
}

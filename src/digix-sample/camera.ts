import type { Random } from "../core/random.js";
import { screen } from "./screen.js";
import type { Drawing } from "./svg.js";
import { between, chance, circle, gradient, MARK_COUNT, mark, path, pick, rect, shade } from "./svg.js";

const WIDTH = 380;

type CameraTraits = ReturnType<typeof traitsOf>;

function traitsOf(random: Random) {
  const retro = chance(random, 0.4);
  return {
    h: between(random, 192, 232),
    colour: retro
      ? pick(random, ["#c4c7cb", "#b0b3b7", "#2a2b2e"])
      : pick(random, ["#1d1e21", "#26272b", "#141517", "#ececea"]),
    skin: pick(random, ["#1b1b1d", "#232326", "#4a2c1c", "#5a2a2c", "#1d2a22"]),
    two: retro || chance(random, 0.3),
    hump: random.integer(4),
    humpAt: between(random, 0.42, 0.58),
    lensAt: between(random, 0.46, 0.6),
    lensSize: between(random, 66, 92),
    ring: pick(random, ["#2c2d31", "#2c2d31", "#b9bcc1", "#a6372c", "#c79a3a", "#2b62a8"]),
    rings: 2 + random.integer(3),
    grip: between(random, 0, 58),
    knobs: 1 + random.integer(3),
    flash: random.integer(4),
    logo: random.integer(MARK_COUNT),
    shutter: pick(random, ["#c9ccd1", "#a6372c", "#111214", "#c79a3a"]),
    strap: chance(random, 0.5),
    panel: random.integer(3),
  };
}

const TOP = 62;

/** The housing with what stands on it; the same from both sides, mirrored for the back. */
function housing(t: CameraTraits): string {
  const { h, colour } = t;
  const parts: string[] = [];
  for (let i = 0; i < t.knobs; i++) {
    const x = WIDTH * (0.74 + 0.09 * i);
    parts.push(rect(x, TOP - 16 + 4 * i, 32, 24, 4, { fill: shade(colour, -0.2) }));
    for (let k = 0; k < 6; k++)
      parts.push(rect(x + 3 + k * 5, TOP - 14 + 4 * i, 1.6, 14, 0, { fill: shade(colour, 0.2) }));
  }
  parts.push(rect(WIDTH * 0.1, TOP - 8, 30, 14, 5, { fill: t.shutter }));
  const cx = WIDTH * t.humpAt;
  if (t.hump === 1 || t.hump === 2) {
    const [bottom, top] = t.hump === 1 ? [74, 46] : [58, 52];
    const roof = [
      "M",
      cx - bottom,
      TOP + 8,
      "L",
      cx - top,
      TOP - 44,
      "Q",
      cx,
      TOP - 60,
      cx + top,
      TOP - 44,
      "L",
      cx + bottom,
      TOP + 8,
      "Z",
    ];
    parts.push(path(roof, { fill: shade(colour, -0.05) }));
  }
  if (t.hump === 3) parts.push(rect(cx - 34, TOP - 20, 68, 26, 4, { fill: shade(colour, -0.15) }));
  parts.push(gradient("body", [0, 0, 0, 1], [shade(colour, 0.14), colour, shade(colour, -0.2)]));
  parts.push(rect(4, TOP, WIDTH - 8, h, 22, { fill: "url(#body)" }));
  if (t.two) parts.push(rect(4, TOP + h * 0.27, WIDTH - 8, h * 0.56, 4, { fill: t.skin }));
  if (t.strap) {
    for (const x of [2, WIDTH - 12])
      parts.push(circle(x + 5, TOP + 26, 8, { fill: "none", stroke: "#8d9096", strokeWidth: 3.5 }));
  }
  return parts.join("");
}

function glass(t: CameraTraits, x: number, y: number): string {
  const s = t.lensSize;
  const parts = [circle(x, y, s * 1.1, { fill: shade(t.colour, -0.3) }), circle(x, y, s, { fill: "#1a1b1e" })];
  for (let i = 0; i < t.rings; i++) {
    parts.push(
      circle(x, y, s * (0.96 - 0.12 * i), {
        fill: "none",
        stroke: i === 1 ? t.ring : "#3a3b40",
        strokeWidth: i === 1 ? 5 : 2,
      }),
    );
  }
  parts.push(gradient("glass", [0, 0, 1, 1], ["#31415f", "#0c0f17", "#3b2a4a"]));
  parts.push(circle(x, y, s * 0.5, { fill: "url(#glass)" }), circle(x, y, s * 0.2, { fill: "#06070a" }));
  parts.push(circle(x - s * 0.2, y - s * 0.22, s * 0.1, { fill: "#cfe0ff", opacity: 0.7 }));
  return parts.join("");
}

function front(t: CameraTraits): string {
  const { h, colour } = t;
  const dark = Number.parseInt(colour.slice(1, 3), 16) < 128;
  const ink = dark ? "#dcdee2" : "#2a2c30";
  const parts = [housing(t)];
  if (t.grip > 12)
    parts.push(rect(8, TOP + 14, 22 + t.grip, h - 22, 20, { fill: shade(t.two ? t.skin : colour, -0.12) }));
  const lensX = WIDTH * t.lensAt;
  parts.push(glass(t, lensX, TOP + h * 0.55));
  const markX = t.hump === 1 || t.hump === 2 ? WIDTH * t.humpAt : WIDTH * 0.22;
  parts.push(mark(t.logo, markX, t.hump === 1 || t.hump === 2 ? TOP - 22 : TOP + h * 0.14, 12, ink));
  if (t.flash === 1)
    parts.push(rect(WIDTH * 0.8, TOP + 12, 48, 24, 4, { fill: "#e9e4d4", stroke: "#77797e", strokeWidth: 2 }));
  if (t.flash === 2) parts.push(circle(WIDTH * 0.9, TOP + 26, 8, { fill: "#d8703a" }));
  if (t.flash === 3)
    parts.push(rect(WIDTH * 0.78, TOP + 10, 34, 26, 3, { fill: "#20304c", stroke: ink, strokeWidth: 2 }));
  parts.push(rect(lensX + t.lensSize * 1.12, TOP + h * 0.7, 12, 22, 5, { fill: shade(colour, 0.25) }));
  return parts.join("");
}

function back(t: CameraTraits, product: Random, moment: Random | undefined): string {
  const { h, colour } = t;
  const mirrored = `<g transform="translate(${WIDTH} 0) scale(-1 1)">${housing(t)}</g>`;
  const place = { x: 36, y: TOP + 34, width: 208, height: h - 56, r: 4 };
  const ink = shade(colour, Number.parseInt(colour.slice(1, 3), 16) > 128 ? -0.4 : 0.35);
  const parts = [mirrored, rect(30, TOP + 28, 220, h - 44, 8, { fill: "#0b0c0e" }), screen(place, product, moment)];
  const x = 306;
  const wheel = { fill: shade(colour, -0.25), stroke: ink, strokeWidth: 2 };
  parts.push(circle(x, TOP + h * 0.58, 30, wheel), circle(x, TOP + h * 0.58, 11, { fill: ink, opacity: 0.7 }));
  for (let i = 0; i < 2 + t.panel; i++) {
    parts.push(
      circle(284 + (i % 2) * 44, TOP + h * (i < 2 ? 0.28 : 0.86), 8, { fill: shade(colour, -0.35), stroke: ink }),
    );
  }
  const cx = WIDTH * (1 - t.humpAt);
  if (t.hump > 0) parts.push(rect(cx - 30, TOP - 26, 60, 32, 10, { fill: "#0f1012", stroke: ink }));
  return parts.join("");
}

/** A camera from the front or from the back. */
export function drawCamera(product: Random, view: string, moment: Random | undefined): Drawing {
  const t = traitsOf(product);
  const body = view === "front" ? front(t) : back(t, product, moment);
  return { width: WIDTH, height: TOP + t.h + 4, body, edge: shade(t.colour, -0.35), depth: 26 };
}

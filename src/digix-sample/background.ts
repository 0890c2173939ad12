import { Random } from "../core/random.js";
import type { Picture, Rgb, RgbScratch } from "./picture.js";
import { fillShape, pictureOf, rgbOf } from "./picture.js";
import { between, chance, pick } from "./svg.js";

type Field = (x: number, y: number) => number;

const LATTICE = 128;
const LAST = LATTICE - 1;

/** Uniform values in 0..1 that all textures read, each from a place of its own, (LATTICE, LATTICE); see `light.ts`. */
const VALUES = new Random(0).stream("textures").uniforms(LATTICE * LATTICE);

/** Smooth random values in 0..1 that change over about `size` pixels. */
function noise(random: Random, size: number): Field {
  const [fromX, fromY] = [random.integer(LATTICE), random.integer(LATTICE)];
  return (x, y) => {
    const px = x / size + fromX;
    const py = y / size + fromY;
    const x0 = Math.floor(px);
    const y0 = Math.floor(py);
    const tx = px - x0;
    const ty = py - y0;
    const sx = tx * tx * (3 - 2 * tx);
    const sy = ty * ty * (3 - 2 * ty);
    const row0 = (y0 & LAST) * LATTICE;
    const row1 = ((y0 + 1) & LAST) * LATTICE;
    const left = x0 & LAST;
    const right = (x0 + 1) & LAST;
    const top = VALUES[row0 + left] + (VALUES[row0 + right] - VALUES[row0 + left]) * sx;
    const bottom = VALUES[row1 + left] + (VALUES[row1 + right] - VALUES[row1 + left]) * sx;
    return top + (bottom - top) * sy;
  };
}

/** A colour made brighter or darker by a factor, in `out`. */
function times(colour: Rgb, factor: number, out: RgbScratch): Rgb {
  out[0] = colour[0] * factor;
  out[1] = colour[1] * factor;
  out[2] = colour[2] * factor;
  return out;
}

function mixColours(a: Rgb, b: Rgb, t: number, out: RgbScratch): Rgb {
  out[0] = a[0] + (b[0] - a[0]) * t;
  out[1] = a[1] + (b[1] - a[1]) * t;
  out[2] = a[2] + (b[2] - a[2]) * t;
  return out;
}

type Surface = (random: Random) => (x: number, y: number, out: RgbScratch) => Rgb;

const WOODS = ["#8a5f3c", "#b98b5e", "#5b3d28", "#c9a87c", "#74553d"].map(rgbOf);
const CLOTHS = ["#4a5a6d", "#8c8f94", "#7a2f38", "#3d4a3a", "#c9bfae", "#2b2d33", "#6d6a8a"].map(rgbOf);
const WALLS = ["#d8d3c8", "#b9c4c9", "#c9b8a6", "#a9b3a0", "#8f9aa6", "#e3dcd2"].map(rgbOf);

const wood: Surface = random => {
  const colour = pick(random, WOODS);
  const [streaks, knots] = [noise(random, 3), noise(random, 46)];
  const plank = between(random, 40, 110);
  const shift = random.uniforms(64, 0.85, 1.12);
  return (x, y, out) => {
    const board = Math.floor(y / plank) & 63;
    const grain = streaks(x * 0.06 + 40 * knots(x, y), y * 1.2) - 0.5;
    const gap = y - plank * Math.floor(y / plank) < 1.6 ? 0.55 : 1;
    return times(colour, gap * shift[board] * (1 + 0.38 * grain), out);
  };
};

const cloth: Surface = random => {
  const colour = pick(random, CLOTHS);
  const [folds, fuzz] = [noise(random, 90), noise(random, 1.3)];
  const thread = between(random, 2.4, 5);
  return (x, y, out) => {
    const weave = Math.sin((Math.PI * 2 * x) / thread) * Math.sin((Math.PI * 2 * y) / thread);
    return times(colour, 0.75 + 0.45 * folds(x, y) + 0.1 * weave + 0.2 * (fuzz(x, y) - 0.5), out);
  };
};

const marble: Surface = random => {
  const dark = chance(random, 0.35);
  const [base, vein] = dark ? [rgbOf("#2e3034"), rgbOf("#b9b4aa")] : [rgbOf("#e4e1dc"), rgbOf("#7d7a78")];
  const [large, fine] = [noise(random, 70), noise(random, 17)];
  const angle = between(random, 0, 3);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return (x, y, out) => {
    const along = x * c + y * s;
    const wave = Math.sin(along / 34 + 7 * large(x, y) + 2 * fine(x, y));
    return mixColours(base, vein, Math.max(0, 1 - Math.abs(wave) * 7) * 0.6 + 0.12 * large(y, x), out);
  };
};

const carpet: Surface = random => {
  const [first, second] = [pick(random, CLOTHS), pick(random, CLOTHS)];
  const [fuzz, patches] = [noise(random, 1.7), noise(random, between(random, 12, 50))];
  return (x, y, out) =>
    times(mixColours(first, second, patches(x, y) > 0.5 ? 0.8 : 0.2, out), 0.7 + 0.6 * fuzz(x, y), out);
};

const tiles: Surface = random => {
  const colour = pick(random, WALLS);
  const side = between(random, 44, 110);
  const first = random.integer(LATTICE);
  const [dust, angle] = [noise(random, 9), between(random, 0, 1.5)];
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return (x, y, out) => {
    const u = (c * x + s * y) / side + 50;
    const v = (c * y - s * x) / side + 50;
    const edge = Math.min(u % 1, v % 1) * side < 2.4;
    const one = 0.88 + 0.2 * VALUES[((Math.floor(u) + first) & LAST) * LATTICE + (Math.floor(v) & LAST)];
    return times(colour, edge ? 0.62 : one * (0.92 + 0.16 * dust(x, y)), out);
  };
};

const grass: Surface = random => {
  const [blades, patches] = [noise(random, 2.2), noise(random, 38)];
  const [dark, light] = [rgbOf("#2e4420"), rgbOf("#86a548")];
  return (x, y, out) =>
    mixColours(dark, light, 0.65 * blades(x + 6 * patches(x, y), y * 0.35) + 0.4 * patches(x, y), out);
};

const wall: Surface = random => {
  const [upper, lower] = [pick(random, WALLS), pick(random, [...WALLS, ...WOODS])];
  const horizon = between(random, 120, 330);
  const [plaster, stains] = [noise(random, 4), noise(random, 80)];
  return (x, y, out) => times(y < horizon ? upper : lower, 0.86 + 0.1 * plaster(x, y) + 0.14 * stains(x, y), out);
};

const SURFACES: readonly Surface[] = [wood, wood, cloth, marble, carpet, tiles, grass, wall];

/** A surface that devices lie on or stand before outside a shop, turned by a random angle. */
export function wildBackground(width: number, height: number, random: Random): Picture {
  const surface = pick(random, SURFACES)(random);
  const angle = between(random, -0.7, 0.7);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const picture = pictureOf(width, height, (x, y, out) => surface(400 + c * x + s * y, 400 + c * y - s * x, out));
  const things = random.integer(5);
  for (let i = 0; i < things; i++) addThing(picture, random);
  return picture;
}

/** Something else that lies around: a box, a sheet of paper, a cup seen from above. */
function addThing(picture: Picture, random: Random): void {
  const [cx, cy] = [picture.width * random.uniform(), picture.height * random.uniform()];
  const colour = times(pick(random, [...CLOTHS, ...WALLS, ...WOODS]), between(random, 0.6, 1.2), [0, 0, 0]);
  if (chance(random, 0.4)) {
    const radius = between(random, 14, 48);
    const rim = between(random, 0.6, 0.9);
    const inside = times(colour, 0.6, [0, 0, 0]);
    const paint = (_x: number, _y: number, d: number): Rgb => (d < -radius * (1 - rim) ? inside : colour);
    fillShape(picture, (x, y) => Math.hypot(x - cx, y - cy) - radius, paint, 14);
    return;
  }
  const [w, h, angle] = [between(random, 12, 90), between(random, 8, 60), between(random, 0, 3.1)];
  fillShape(picture, turnedBox(cx, cy, w, h, angle), () => colour, 12);
}

/** Signed distance to a rectangle of half sides w and h, turned by an angle. */
export function turnedBox(cx: number, cy: number, w: number, h: number, angle: number): Field {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => {
    const dx = Math.abs(c * (x - cx) + s * (y - cy)) - w;
    const dy = Math.abs(c * (y - cy) - s * (x - cx)) - h;
    return Math.min(Math.max(dx, dy), 0) + Math.hypot(Math.max(dx, 0), Math.max(dy, 0));
  };
}

const WHITE: Rgb = [255, 255, 255];

/** What shops put behind their products: white, light grey, a pastel, or a floor under a wall. */
export function shopBackground(width: number, height: number, random: Random): Picture {
  const kind = random.uniform();
  if (kind < 0.5) return pictureOf(width, height, () => WHITE);
  const colour =
    kind < 0.75 ? rgbOf("#eceef0") : rgbOf(pick(random, ["#e7eef6", "#f6ebe4", "#eaf3ea", "#f2eaf4", "#f7f3da"]));
  const [cx, cy] = [width * between(random, 0.3, 0.7), height * between(random, 0.2, 0.6)];
  const floor = kind > 0.88 ? height * between(random, 0.62, 0.8) : Number.POSITIVE_INFINITY;
  return pictureOf(width, height, (x, y, out) => {
    const fall = 1.04 - 0.16 * Math.hypot((x - cx) / width, (y - cy) / height);
    return times(colour, y > floor ? fall * 0.95 : fall, out);
  });
}

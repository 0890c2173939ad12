import { Random } from "../core/random.js";
import type { Picture } from "./picture.js";
import { between, chance } from "./svg.js";

/** How far the light may be from even and white. */
export interface LightRange {
  /** Change of brightness from the middle to an edge. */
  readonly gradient: number;
  /** Change of brightness of the whole. */
  readonly exposure: number;
  /** Change of red against blue. */
  readonly warmth: number;
  /** Chance of a bright reflection. */
  readonly glare: number;
}

/** Lights a picture: from one side, too much or too little, warm or cold, darker at the corners, with a reflection. */
export function lightUp({ data, width, height }: Picture, random: Random, range: LightRange): void {
  const angle = 2 * Math.PI * random.uniform();
  const slope = range.gradient * random.uniform();
  const exposure = 1 + between(random, -range.exposure, range.exposure * 0.7);
  const warmth = between(random, -range.warmth, range.warmth);
  const vignette = range.gradient * 0.6 * random.uniform();
  const glare = chance(random, range.glare) ? between(random, 20, 110) * range.glare : 0;
  const [gx, gy, size] = [random.uniform(), random.uniform(), between(random, 0.08, 0.3)];
  const [red, blue] = [1 + warmth, 1 - warmth];
  const [towardsX, towardsY] = [2 * slope * Math.cos(angle), 2 * slope * Math.sin(angle)];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = x / width - 0.5;
      const v = y / height - 0.5;
      const light = exposure * (1 + u * towardsX + v * towardsY) * (1 - 2 * vignette * (u * u + v * v));
      const away = ((u + 0.5 - gx) ** 2 + (v + 0.5 - gy) ** 2) / (size * size);
      const spot = glare === 0 || away > 6 ? 0 : glare * Math.exp(-away);
      data[at] = data[at] * light * red + spot;
      data[at + 1] = data[at + 1] * light + spot;
      data[at + 2] = data[at + 2] * light * blue + spot;
      at += 3;
    }
  }
}

/** Normal noise that all pictures read, each from places of its own: to draw it for each would take longer than its light. */
const GRAINS = new Random(0).stream("grain").normals(8192);

/** Grain of a sensor: normal noise in brightness, half as much in colour. */
export function sensorNoise({ data }: Picture, random: Random, deviation: number): void {
  const half = deviation / 2;
  for (let at = 0, start = 0; at < data.length; at += 3) {
    if (at % 3072 === 0) start = random.integer(GRAINS.length);
    const place = (at * 7 + start) & 8191;
    const common = deviation * GRAINS[place];
    const own = place * 5 + at;
    data[at] += common + half * GRAINS[own & 8191];
    data[at + 1] += common + half * GRAINS[(own + 97) & 8191];
    data[at + 2] += common + half * GRAINS[(own + 194) & 8191];
  }
}

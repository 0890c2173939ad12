import type { Random } from "../core/random.js";
import { turnedBox } from "./background.js";
import type { Picture, Rgb } from "./picture.js";
import { fillShape } from "./picture.js";
import { between, pick } from "./svg.js";

const SKINS: readonly Rgb[] = [
  [236, 196, 170],
  [214, 164, 130],
  [168, 118, 86],
  [112, 76, 54],
];

/** Signed distance to a line from a to b with round ends. */
function capsule(ax: number, ay: number, bx: number, by: number, radius: number): (x: number, y: number) => number {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  return (x, y) => {
    const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / square));
    return Math.hypot(x - ax - t * dx, y - ay - t * dy) - radius;
  };
}

/** Fingers that hold a device from one side. */
function fingers(picture: Picture, x: number, y: number, size: number, random: Random): void {
  const skin = pick(random, SKINS);
  const side = pick(random, [-1, 1]);
  const count = 1 + random.integer(4);
  const radius = size * between(random, 0.045, 0.065);
  const reach = size * between(random, 0.1, 0.24);
  const tilt = between(random, -0.4, 0.4);
  for (let i = 0; i < count; i++) {
    const tipX = x + side * (size * 0.27 - reach * between(random, 0.6, 1));
    const tipY = y + (i - (count - 1) / 2) * radius * 2.3 + size * 0.1;
    const rootX = x + side * size * 1.2;
    const distance = capsule(tipX, tipY, rootX, tipY + tilt * size, radius);
    const fingerColour = (_x: number, _y: number, d: number): Rgb => {
      const light = 0.8 + 0.22 * Math.min(1, -d / radius);
      return [skin[0] * light, skin[1] * light, skin[2] * light];
    };
    fillShape(picture, distance, fingerColour, 8);
  }
}

/** Hides a part of a device behind fingers, a sheet, or a cable. */
export function occlude(picture: Picture, at: { x: number; y: number }, size: number, random: Random): void {
  const kind = random.integer(5);
  if (kind < 3) {
    fingers(picture, at.x, at.y, size, random);
    return;
  }
  const colour: Rgb = [between(random, 30, 245), between(random, 30, 245), between(random, 30, 245)];
  const angle = between(random, 0, Math.PI * 2);
  const [cx, cy] = [at.x + Math.cos(angle) * size * 0.42, at.y + Math.sin(angle) * size * 0.42];
  if (kind === 3) {
    const box = turnedBox(cx, cy, size * between(random, 0.12, 0.26), size * between(random, 0.1, 0.2), angle * 2);
    fillShape(picture, box, () => colour, 10);
    return;
  }
  const [bx, by] = [at.x - Math.sin(angle) * size * 0.8, at.y + Math.cos(angle) * size * 0.8];
  fillShape(picture, capsule(cx, cy, bx, by, between(random, 2.5, 6)), () => [24, 24, 26], 5);
}

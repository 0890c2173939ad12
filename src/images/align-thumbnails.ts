import { between, DIRECTIONS, unrolledDisc } from "./ring-spectrum.js";
import { THUMBNAIL_SIDE } from "./thumbnail.js";

/** How a disc of one thumbnail lies on another: (x, y) from the middle goes to (ax − by + u, bx + ay + v), y first times mirror. */
export interface Alignment {
  readonly a: number;
  readonly b: number;
  readonly u: number;
  readonly v: number;
  readonly mirror: 1 | -1;
}

const SIDE = THUMBNAIL_SIDE;
const CENTRE = (SIDE - 1) / 2;
/** Circles of a disc when the angle between two is looked for. */
const CIRCLES = 16;
/** Correlation of unrolled discs below which two images are not one: copies have .75 and more. */
const LEAST_CORRELATION = 0.6;
/** Part of the disc that is aligned; its rim may be one pixel of what lies beyond. */
const INNER = 0.97;
const STEPS = 12;

/**
 * Turns and mirrors one disc until it lies best on another, then moves, turns and scales it until grey values agree best,
 * up to brightness and contrast: least squares of first-order steps (B. Lucas, T. Kanade, IJCAI 1981) over rotation,
 * scale and shift, gain and offset.
 * @param first (64, 64), and the radius of its disc; second the same
 * @returns undefined where they do not come to lie on each other
 */
export function alignThumbnails(
  first: { readonly image: Uint8Array; readonly radius: number },
  second: { readonly image: Uint8Array; readonly radius: number },
): Alignment | undefined {
  const turn = bestTurn(first, second);
  if (turn.correlation < LEAST_CORRELATION) return undefined;
  const scale = second.radius / first.radius;
  const { mirror } = turn;
  let now: Alignment = { a: scale * Math.cos(turn.angle), b: scale * Math.sin(turn.angle), u: 0, v: 0, mirror };
  const [from, to] = [smooth(first.image), smooth(second.image)];
  for (let step = 0; step < STEPS; step++) {
    const move = bestMove(from, to, now, first.radius * INNER);
    if (move === undefined) return undefined;
    const limit = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
    const [da, db] = [limit(move[0], 0.1), limit(move[1], 0.1)];
    const [du, dv] = [limit(move[2], 2), limit(move[3], 2)];
    now = { a: now.a + da, b: now.b + db, u: now.u + du, v: now.v + dv, mirror };
    // in pixels at the rim
    if (Math.max(Math.abs(da), Math.abs(db)) * CENTRE < 0.02 && Math.max(Math.abs(du), Math.abs(dv)) < 0.02) break;
  }
  return now;
}

/** Where a pixel of the first lies in the second. */
export function placeOf({ a, b, u, v, mirror }: Alignment, column: number, row: number): { x: number; y: number } {
  const [x, y] = [column - CENTRE, (row - CENTRE) * mirror];
  return { x: a * x - b * y + u + CENTRE, y: b * x + a * y + v + CENTRE };
}

/** The grey values of the second where pixels of the first lie, NaN outside of the disc or of the second: (64, 64). */
export function alignedTo(image: ArrayLike<number>, alignment: Alignment, radius: number): Float32Array {
  const values = new Float32Array(SIDE * SIDE).fill(Number.NaN);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      if (Math.hypot(column - CENTRE, row - CENTRE) > radius * INNER) continue;
      const { x, y } = placeOf(alignment, column, row);
      if (isInside(x, y)) values[row * SIDE + column] = between(image, x, y);
    }
  }
  return values;
}

function isInside(x: number, y: number): boolean {
  return x >= 1 && y >= 1 && x <= SIDE - 2 && y <= SIDE - 2;
}

type Disc = Parameters<typeof alignThumbnails>[0];

/** The turn and the mirroring at which two unrolled discs correlate most, by trying all. */
function bestTurn(first: Disc, second: Disc): { correlation: number; angle: number; mirror: 1 | -1 } {
  const p = normaliseDisc(unrolledDisc(first.image, first.radius, CIRCLES));
  const q = normaliseDisc(unrolledDisc(second.image, second.radius, CIRCLES));
  let best: { correlation: number; angle: number; mirror: 1 | -1 } = { correlation: -1, angle: 0, mirror: 1 };
  for (const mirror of [1, -1] as const) {
    for (let shift = 0; shift < DIRECTIONS; shift++) {
      let correlation = 0;
      for (let from = 0; from < p.length; from += DIRECTIONS) {
        for (let a = 0; a < DIRECTIONS; a++) {
          correlation += p[from + a] * q[from + ((mirror * a + shift) & (DIRECTIONS - 1))];
        }
      }
      if (correlation > best.correlation) best = { correlation, angle: (2 * Math.PI * shift) / DIRECTIONS, mirror };
    }
  }
  return best;
}

/** Of mean 0 and length 1, circles weighted by their length. */
function normaliseDisc(disc: Float32Array): Float32Array {
  const weights = Float32Array.from(disc, (_, i) => Math.floor(i / DIRECTIONS) + 0.5);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = disc.reduce((sum, value, i) => sum + value * weights[i], 0) / total;
  const length = Math.sqrt(disc.reduce((sum, value, i) => sum + weights[i] * (value - mean) ** 2, 0)) + 1e-6;
  return disc.map((value, i) => ((value - mean) * Math.sqrt(weights[i])) / length);
}

/** The step of (a, b, u, v) after which gain · second + offset is nearest to first; undefined where there is none. */
function bestMove(first: Float32Array, second: Float32Array, now: Alignment, radius: number): number[] | undefined {
  const normal = new Float64Array(6 * 7); // equations of gain, offset, and gain times the four steps
  const terms = new Float64Array(6);
  let pixels = 0;
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const [x, y] = [column - CENTRE, (row - CENTRE) * now.mirror];
      if (Math.hypot(x, y) > radius) continue;
      const place = placeOf(now, column, row);
      if (!isInside(place.x, place.y)) continue;
      const dx = between(second, place.x + 0.5, place.y) - between(second, place.x - 0.5, place.y);
      const dy = between(second, place.x, place.y + 0.5) - between(second, place.x, place.y - 0.5);
      terms[0] = between(second, place.x, place.y);
      terms[1] = 1;
      terms[2] = dx * x + dy * y;
      terms[3] = dy * x - dx * y;
      terms[4] = dx;
      terms[5] = dy;
      const target = first[row * SIDE + column];
      for (let i = 0; i < 6; i++) {
        for (let j = 0; j < 6; j++) normal[i * 7 + j] += terms[i] * terms[j];
        normal[i * 7 + 6] += terms[i] * target;
      }
      pixels++;
    }
  }
  const solution = pixels < 200 ? undefined : solve(normal);
  // A gain of 0 or less would lay an image on its negative.
  if (solution === undefined || !(solution[0] > 0.05)) return undefined;
  return Array.from(solution.subarray(2), value => value / solution[0]);
}

/** Solves six equations, (6, 7), by elimination; undefined where they do not determine it. */
function solve(rows: Float64Array): Float64Array | undefined {
  for (let i = 0; i < 6; i++) rows[i * 7 + i] *= 1.0001; // a plain image has no gradient
  for (let i = 0; i < 6; i++) {
    // The matrix is symmetric and positive: pivots stay on the diagonal.
    if (!(Math.abs(rows[i * 7 + i]) > 1e-9)) return undefined;
    for (let j = 0; j < 6; j++) {
      if (j === i) continue;
      const factor = rows[j * 7 + i] / rows[i * 7 + i];
      for (let k = i; k < 7; k++) rows[j * 7 + k] -= factor * rows[i * 7 + k];
    }
  }
  return Float64Array.from({ length: 6 }, (_, i) => rows[i * 7 + 6] / rows[i * 7 + i]);
}

/** Averaged with its neighbours, weights ¼ ½ ¼ along both sides; the border counts as its own neighbour. */
export function smooth(image: ArrayLike<number>): Float32Array {
  const rows = new Float32Array(SIDE * SIDE);
  const both = new Float32Array(SIDE * SIDE);
  const last = SIDE - 1;
  for (let at = 0; at < rows.length; at++) {
    const column = at % SIDE;
    rows[at] = 0.25 * image[column > 0 ? at - 1 : at] + 0.5 * image[at] + 0.25 * image[column < last ? at + 1 : at];
  }
  for (let at = 0; at < rows.length; at++) {
    const above = at >= SIDE ? at - SIDE : at;
    const below = at < last * SIDE ? at + SIDE : at;
    both[at] = 0.25 * rows[above] + 0.5 * rows[at] + 0.25 * rows[below];
  }
  return both;
}

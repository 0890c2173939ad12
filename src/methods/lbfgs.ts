/** A function's value and gradient at a point. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** Where a minimisation ended. */
export interface Minimum {
  readonly at: Float64Array;
  readonly value: number;
  /** Steps taken. */
  readonly rounds: number;
  /** Largest part of the gradient, absolute. */
  readonly steepest: number;
}

/** Pairs of steps that stand for the curvature. */
const MEMORY = 10;
/** Part of the promised descent that a step must keep (Armijo). */
const DESCENT = 1e-4;
/** What a value of single precision may be wrong by, relative: less is no ascent. */
const NOISE = 1e-6;
/** Halvings of a step before there is no way down. */
const HALVINGS = 40;

/** A step and what it changed of the gradient. */
interface Curvature {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** 1 / ⟨step, change⟩ */
  readonly rho: number;
}

/**
 * Minimises a smooth convex function by limited-memory BFGS (Nocedal, Wright, "Numerical Optimization", algorithms 7.4
 * and 7.5) with halved steps. It draws nothing: the same function gives the same minimum.
 * @param start is left as it is
 * @param slopeAt value and gradient of the function
 * @param options.tolerance of the largest part of the gradient: there it ends
 * @param options.rounds at most: who must know whether it has arrived compares `steepest` with the tolerance
 */
export async function lbfgs(
  start: Float64Array,
  slopeAt: (at: Float64Array) => Promise<Slope>,
  { tolerance, rounds }: { readonly tolerance: number; readonly rounds: number },
): Promise<Minimum> {
  let at = start;
  let slope = await slopeAt(at);
  const memory: Curvature[] = [];
  for (let round = 0; ; round++) {
    const steepest = slope.gradient.reduce((most, part) => Math.max(most, Math.abs(part)), 0);
    if (steepest <= tolerance || round === rounds) return { at, value: slope.value, rounds: round, steepest };
    const direction = descent(slope.gradient, memory);
    const first = memory.length > 0 ? 1 : 1 / Math.sqrt(dot(slope.gradient, slope.gradient));
    const next = await stepDown({ at, slope, direction, first }, slopeAt);
    if (next === undefined) return { at, value: slope.value, rounds: round, steepest };
    remember(memory, minus(next.at, at), minus(next.slope.gradient, slope.gradient));
    ({ at, slope } = next);
  }
}

/** −H·g of the remembered curvature, newest first and back again. */
function descent(gradient: Float64Array, memory: readonly Curvature[]): Float64Array {
  const direction = gradient.map(part => -part);
  const along = memory.map(() => 0);
  for (let i = memory.length - 1; i >= 0; i--) {
    const { step, change, rho } = memory[i];
    along[i] = rho * dot(step, direction);
    add(direction, change, -along[i]);
  }
  const last = memory.at(-1);
  if (last !== undefined) scale(direction, 1 / (last.rho * dot(last.change, last.change)));
  for (const [i, { step, change, rho }] of memory.entries()) {
    add(direction, step, along[i] - rho * dot(change, direction));
  }
  return direction;
}

interface Place {
  readonly at: Float64Array;
  readonly slope: Slope;
}

/** The first of ever shorter steps that goes down; undefined when none does. */
async function stepDown(
  { at, slope, direction, first }: Place & { readonly direction: Float64Array; readonly first: number },
  slopeAt: (at: Float64Array) => Promise<Slope>,
): Promise<Place | undefined> {
  const promised = dot(slope.gradient, direction);
  let length = first;
  for (let halving = 0; halving < HALVINGS; halving++, length /= 2) {
    const tried = at.map((value, i) => value + length * direction[i]);
    const found = await slopeAt(tried);
    const most = slope.value + DESCENT * length * promised + NOISE * Math.abs(slope.value);
    if (found.value <= most) return { at: tried, slope: found };
  }
  return undefined;
}

/** A step without positive curvature, which rounding can give, says nothing. */
function remember(memory: Curvature[], step: Float64Array, change: Float64Array): void {
  const curvature = dot(step, change);
  if (!(curvature > 1e-12 * dot(change, change))) return;
  memory.push({ step, change, rho: 1 / curvature });
  if (memory.length > MEMORY) memory.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]);
}

function add(to: Float64Array, what: Float64Array, times: number): void {
  for (let i = 0; i < to.length; i++) to[i] += times * what[i];
}

function scale(what: Float64Array, by: number): void {
  for (let i = 0; i < what.length; i++) what[i] *= by;
}

import { InputError } from "../core/errors.js";
import { Random } from "../core/random.js";
import type { Axis } from "./sweep-axes.js";
import type { DrawnFrom, SweepDefinition } from "./sweep-options.js";

/** A value for each axis, in their order. */
export type Choice = readonly unknown[];

/** A range is drawn from with so many digits: names of runs hold them. */
const DIGITS = 4;
/** Draws that may give what was drawn before, for each that is asked for. */
const PATIENCE = 50;

/**
 * All combinations of what is tried, the last axis changing fastest; or, where a random choice is asked for, so many of
 * them. More draws of the same seed begin with the same ones, so a study that is drawn on grows.
 * @param of what is chosen for: each method has draws of its own
 * @throws {InputError} for a range without a random choice
 */
export function choicesOf(axes: readonly Axis[], of: string, random: SweepDefinition["random"]): Choice[] {
  if (random !== undefined)
    return drawnChoices(axes, random.draws, new Random(random.seed ?? 0).stream(`settings of ${of}`));
  return axes.reduce<Choice[]>(
    (choices, axis) => choices.flatMap(choice => listOf(axis).map(value => [...choice, value])),
    [[]],
  );
}

function listOf({ name, tried }: Axis): readonly unknown[] {
  if (!isRange(tried)) return tried;
  throw new InputError(`"${name}" is a range, which has no end of values`, {
    expected: "a list of values, or a random choice (random: { draws: 10 })",
  });
}

function isRange(tried: Axis["tried"]): tried is DrawnFrom {
  return !Array.isArray(tried);
}

/** Different ones, as far as there are so many. */
function drawnChoices(axes: readonly Axis[], draws: number, random: Random): Choice[] {
  if (!(Number.isSafeInteger(draws) && draws >= 1)) {
    throw new InputError("so many settings cannot be drawn", {
      expected: "a whole number of at least 1",
      actual: `${draws}`,
    });
  }
  const drawn = new Map<string, Choice>();
  for (let tries = 0; drawn.size < draws && tries < PATIENCE * draws; tries++) {
    const choice = axes.map(({ tried }) => drawValue(tried, random));
    drawn.set(JSON.stringify(choice), choice);
  }
  return [...drawn.values()];
}

function drawValue(tried: Axis["tried"], random: Random): unknown {
  if (!isRange(tried)) return tried[random.integer(tried.length)];
  const { from, to, logarithmic = false, whole = false } = tried;
  const at = random.uniform();
  if (logarithmic) {
    const value = from * (to / from) ** at;
    return whole ? Math.round(value) : Number(value.toPrecision(DIGITS));
  }
  if (whole) return Math.ceil(from) + Math.floor(at * (Math.floor(to) - Math.ceil(from) + 1));
  return Number((from + at * (to - from)).toPrecision(DIGITS));
}

import { InputError } from "../core/errors.js";
import type { JsonSchema } from "../core/json-schema.js";
import { objectOf } from "../core/json-schema.js";

/**
 * How the map before the pooled end becomes one vector: its mean, or the generalised mean with exponent p ≥ 1,
 * (mean of max(x, 10⁻⁶)^p)^(1/p) (GeM: Radenović, Tolias, Chum, "Fine-tuning CNN image retrieval with no human
 * annotation", TPAMI 2018, eq. 2); 1 is the average, the greater p, the nearer to the greatest value.
 */
export type Pooling = "average" | { readonly gem: number };

/** Beyond it the powers of a network's values are more than a float32 holds. */
export const GREATEST_EXPONENT = 16;

/** {@link Pooling} in files. */
export const POOLING_SCHEMA: JsonSchema = {
  description: '"average", or the exponent of a generalised mean',
  anyOf: [{ enum: ["average"] }, objectOf({ gem: { type: "number", minimum: 1, maximum: GREATEST_EXPONENT } })],
};

/**
 * Checks a pooling that comes from outside.
 * @returns it; the exponent 1 is the average
 * @throws {InputError} when there is no such pooling
 */
export function checkedPooling(pooling: Pooling): Pooling {
  if (pooling === "average") return pooling;
  const { gem } = (pooling ?? {}) as { gem?: unknown };
  if (gem === 1) return "average";
  if (typeof gem === "number" && gem > 1 && gem <= GREATEST_EXPONENT) return { gem };
  throw new InputError("there is no such pooling", {
    expected: `"average", or { gem: p } with 1 ≤ p ≤ ${GREATEST_EXPONENT}`,
    actual: JSON.stringify(pooling),
  });
}

/** As the command line has it: `average`, `gem:3`. */
export function poolingText(pooling: Pooling): string {
  return pooling === "average" ? pooling : `gem:${pooling.gem}`;
}

/** A pooling as it is asked for: "learned" is a number when images have been looked at. */
export type AskedPooling = Pooling | "learned";

/** Exponent of `gem` alone, which most papers use. */
const USUAL_EXPONENT = 3;

/** What {@link parsePooling} reads. */
export const POOLING_WORDS: string = `average, gem, gem:learned, or gem:P with 1 ≤ P ≤ ${GREATEST_EXPONENT}`;

/** Reads a pooling as the command line and files have it: `average`, `gem`, `gem:3`, `gem:learned`. @returns undefined for another text */
export function parsePooling(text: string): AskedPooling | undefined {
  if (text === "average") return text;
  if (text === "gem:learned" || text === "learned") return "learned";
  const [, exponent = USUAL_EXPONENT] = /^gem(?::(\d+(?:\.\d+)?))?$/.exec(text) ?? [undefined, Number.NaN];
  const gem = Number(exponent);
  return gem >= 1 && gem <= GREATEST_EXPONENT ? { gem } : undefined;
}

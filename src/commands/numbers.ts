import { InvalidArgumentError } from "commander";
import { knownNames } from "../core/nearest-name.js";

/** Reads an option that is a whole number of at least `least`. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return text => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `in ${least}..${most}`;
    throw new InvalidArgumentError(`Expected an integer ${bounds}.`);
  };
}

/** Reads an option that is a number above `above` and at most `most`. */
export function numberAbove(above: number, most: number = Number.POSITIVE_INFINITY): (text: string) => number {
  return text => {
    const value = Number(text);
    if (text.trim() !== "" && value > above && value <= most) return value;
    throw new InvalidArgumentError(`Expected a number above ${above}${most < 1e300 ? ` and at most ${most}` : ""}.`);
  };
}

/** Reads an option that is a number of 0 to 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number of 0 to 1.");
}

/** Reads an option that is one of some words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return text => {
    if ((words as readonly string[]).includes(text)) return text as T;
    throw new InvalidArgumentError(`Expected ${knownNames(text, words)}.`);
  };
}

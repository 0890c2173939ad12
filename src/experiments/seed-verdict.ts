import { InputError } from "../core/errors.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { SearchResult } from "./result.js";
import { bySeeds } from "./result.js";

/**
 * A paragraph for people: how the mAP of one method, over its seeds, stands against each other learned one's. A difference
 * is called one when it exceeds twice its standard error, √(s₁²/n₁ + s₂²/n₂).
 * @param results of several seeds each; those of a single seed are left out
 * @param method its name
 * @throws {InputError} when it has not been trained with two seeds or more
 */
export function seedVerdict(results: readonly SearchResult[], method: string): string {
  const groups = bySeeds(results).filter(group => group.length > 1);
  const mine = groups.find(([{ method: name }]) => name === method);
  if (mine === undefined) throw new InputError(`there are no results of ${method} over several seeds`);
  const others = groups.filter(group => group !== mine && group[0].bits === mine[0].bits);
  if (others.length === 0) throw new InputError(`there is nothing to compare ${method} with`);
  const sentences = others.map(other => comparison(mine, other));
  return `Over ${mine.length} seeds each: ${sentences.join("; ")}.`;
}

function comparison(mine: readonly SearchResult[], other: readonly SearchResult[]): string {
  const of = (group: readonly SearchResult[]): ReturnType<typeof meanAndDeviation> =>
    meanAndDeviation(group.map(({ evaluation }) => evaluation.mAP.all.tieAware));
  const [a, b] = [of(mine), of(other)];
  const error = Math.sqrt(a.deviation ** 2 / a.count + b.deviation ** 2 / b.count);
  const difference = a.mean - b.mean;
  const sign = difference < 0 ? "−" : "+";
  const numbers = `${sign}${Math.abs(difference).toFixed(3)} mAP, standard error ${error.toFixed(3)}`;
  const [one, two] = [mine[0].title, other[0].title];
  if (Math.abs(difference) <= 2 * error) return `**no difference between ${one} and ${two}** can be told (${numbers})`;
  return `**${one} is ${difference > 0 ? "better" : "worse"} than ${two}** (${numbers})`;
}

import { InputError } from "../core/errors.js";
import { shownNumber } from "../core/shown-number.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { SearchResult } from "./result.js";
import { bySeeds } from "./result.js";
import { welch } from "./welch.js";

/**
 * A paragraph for people: how the mAP of one method, over its seeds, stands against each other learned one's. A difference
 * is called one when Welch's t test finds it at the 5 % level: few seeds tell large differences only.
 * @param results of several seeds each; those of a single seed are left out
 * @param method its name
 * @throws {InputError} when it has not been trained with two seeds or more
 */
export function seedVerdict(results: readonly SearchResult[], method: string): string {
  const groups = bySeeds(results).filter(group => group.length > 1);
  const mine = groups.find(([{ method: name }]) => name === method);
  if (mine === undefined) throw new InputError(`there are no results of ${method} over several seeds`);
  const learns = ([{ queryClasses }]: readonly SearchResult[]): boolean => queryClasses !== undefined;
  const others = groups.filter(
    group => group !== mine && group[0].bits === mine[0].bits && (learns(group) || !learns(mine)),
  );
  if (others.length === 0) throw new InputError(`there is nothing to compare ${method} with`);
  const sentences = others.map(other => comparison(mine, other));
  return `Over ${mine.length} seeds each: ${sentences.join("; ")}.`;
}

function comparison(mine: readonly SearchResult[], other: readonly SearchResult[]): string {
  const of = (group: readonly SearchResult[]): ReturnType<typeof meanAndDeviation> =>
    meanAndDeviation(group.map(({ evaluation }) => evaluation.mAP.all.tieAware));
  const [a, b] = [of(mine), of(other)];
  const { difference, error, least } = welch(a, b);
  const sign = difference < 0 ? "−" : "+";
  const numbers = `${sign}${shownNumber(Math.abs(difference))} mAP, standard error ${shownNumber(error)}`;
  const [one, two] = [mine[0].title, other[0].title];
  if (Math.abs(difference) <= least) return `**no difference between ${one} and ${two}** can be told (${numbers})`;
  return `**${one} is ${difference > 0 ? "better" : "worse"} than ${two}** (${numbers})`;
}

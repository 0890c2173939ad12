import type { ComparedFolds, ComparedWay } from "../challenge/compare-folds.js";
import { compareFolds } from "../challenge/compare-folds.js";
import type { FoldScores } from "../challenge/fold-scores.js";
import { roundedNumber, shownNumber } from "../core/shown-number.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";

/** A row a way to search. (A type, not an interface: tables take objects with any keys.) */
export type FoldRow = Readonly<Record<string, string | number>>;

/**
 * Rows for a table in a cell: mean and standard deviation over folds, the difference to the first with its interval (95 %,
 * paired by query, drawn by product, corrected for the comparison of all others with it), each fold.
 */
export function foldRows(results: readonly FoldScores[]): FoldRow[] {
  const { ways } = compareFolds(results);
  return results.map(({ name, scores }, i) => {
    const { mean, deviation } = meanAndDeviation(scores);
    const { difference } = ways[i];
    return {
      method: name,
      "mean score": roundedNumber(mean),
      "±": roundedNumber(deviation),
      "to the first": i === 0 ? "–" : signedNumber(difference.value),
      interval: i === 0 ? "–" : intervalText(difference),
      ...Object.fromEntries(scores.map((score, fold) => [`fold ${fold + 1}`, roundedNumber(score)])),
    };
  });
}

/**
 * A sentence or two for people: whether codes beat cosine on features, with the numbers. Of several the best is named, and
 * is said to beat only where the interval says so that is corrected for having looked at all of them.
 * @param results of `scoreOverFolds`
 */
export function foldVerdict(results: readonly FoldScores[]): string {
  const compared = compareFolds(results);
  const [base, ...others] = compared.ways;
  const best = others.reduce((leader, one) => (one.score.mean > leader.score.mean ? one : leader));
  const told = others.filter(one => one !== best && one.difference.low > 0).map(({ name }) => name);
  const more = told.length === 0 ? "" : ` So ${told.length === 1 ? "does" : "do"} ${told.join(", ")}.`;
  return `${standing(best, base, compared)}${more}`;
}

/** How one way stands against the first, in a sentence. */
export function standing(way: ComparedWay, base: ComparedWay, compared: ComparedFolds): string {
  const { difference, score } = way;
  const against = `${shownNumber(score.mean)} against ${shownNumber(base.score.mean)}`;
  const numbers = `${signedNumber(difference.value)}, ${intervalWords(difference, compared)}`;
  if (difference.low > 0) return `**${way.name} beats ${base.name}**: ${against} (${numbers}).`;
  if (difference.high < 0) return `**${way.name} is worse than ${base.name}**: ${against} (${numbers}).`;
  return `**${way.name} cannot be told from ${base.name}**: ${against} (${numbers}, which includes 0).`;
}

function intervalWords(difference: ComparedWay["difference"], { confidence, ways }: ComparedFolds): string {
  const looks = ways.length - 1;
  const corrected = looks === 1 ? "" : `, corrected for ${looks} comparisons`;
  return `${Math.round(100 * confidence)} % interval ${intervalText(difference)}${corrected}`;
}

/** `+0.031` or `−0.004`. */
export function signedNumber(value: number): string {
  return `${value < 0 ? "−" : "+"}${shownNumber(Math.abs(value))}`;
}

/** `−0.004 to +0.031` */
export function intervalText({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${signedNumber(low)} to ${signedNumber(high)}`;
}

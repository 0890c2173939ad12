import { shownDeviation, shownNumber } from "../core/shown-number.js";
import { predictedClass } from "../methods/predicted-class.js";
import type { MeanAndDeviation } from "../training/mean-and-deviation.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { SearchResult } from "./result.js";
import { bySeeds } from "./result.js";
import { welch } from "./welch.js";

/** How a method that learned the queries' classes stands against the trivial solution. */
export interface TrivialVerdict {
  /** Name, title and bits of the method. */
  readonly method: string;
  readonly title: string;
  readonly bits: number | null;
  /** Trainings of the method. */
  readonly seeds: number;
  /** Mean tie-aware mAP over them, less that of the predicted class. */
  readonly difference: number;
  /** "yes" and "no" where the seeds tell them apart at the 5 % level ; else, and of one training, "untold". */
  readonly beats: "yes" | "no" | "untold";
  /** All of it for people. */
  readonly sentence: string;
}

/**
 * Whether methods beat the predicted class (Sablayrolles et al., ICASSP 2017) in tie-aware mAP of whole rankings, over
 * their seeds: what learned the classes of the queries and does not has shown nothing that a classifier does not give in
 * fewer bits.
 * @param results those of `predicted-class` among them, of the same queries and database
 * @returns one of each method and length that learned classes of the queries; none where `predicted-class` is missing
 */
export function trivialVerdicts(results: readonly SearchResult[]): TrivialVerdict[] {
  const groups = bySeeds(results);
  const trivial = groups.find(([{ method }]) => method === predictedClass.name);
  if (trivial === undefined) return [];
  const bar = mapOf(trivial);
  return groups
    .filter(group => group !== trivial && (group[0].queryClasses?.learned ?? 0) > 0)
    .map(group => verdictOf(group, mapOf(group), bar));
}

/** The sentences of all verdicts, or why there is none. */
export function trivialVerdict(results: readonly SearchResult[]): string {
  const verdicts = trivialVerdicts(results);
  if (verdicts.length > 0) return verdicts.map(({ sentence }) => sentence).join(" ");
  if (!results.some(({ method }) => method === predictedClass.name))
    return "The predicted class is not among these results.";
  return "No method here was trained on classes of the queries: the predicted class is no bar for it.";
}

function mapOf(group: readonly SearchResult[]): MeanAndDeviation {
  return meanAndDeviation(group.map(({ evaluation }) => evaluation.mAP.all.tieAware));
}

function verdictOf(group: readonly SearchResult[], own: MeanAndDeviation, bar: MeanAndDeviation): TrivialVerdict {
  const [{ method, title, bits }] = group;
  const { difference, least } = welch(own, bar);
  const one = own.count === 1;
  const told = !one && Math.abs(difference) > least;
  const beats = told ? (difference > 0 ? "yes" : "no") : "untold";
  const text = (of: MeanAndDeviation): string =>
    of.count === 1 ? shownNumber(of.mean) : shownDeviation(of.mean, of.deviation);
  const numbers = `mAP ${text(own)} against ${text(bar)}`;
  const over = one ? "one training, without a deviation" : `${own.count} seeds`;
  const name = bits === null ? title : `${title} at ${bits} bits`;
  const ends = {
    yes: `${name} beats the predicted class (${numbers}; ${over}).`,
    no: `**${name} does not beat the predicted class, the trivial solution** (${numbers}; ${over}).`,
    untold: `**${name} does not beat the predicted class, the trivial solution**: no difference can be told (${numbers}; ${over}).`,
  };
  const isAbove = one && difference > 0;
  const above = `${name} is above the predicted class, which one training cannot tell from chance (${numbers}).`;
  return { method, title, bits, seeds: own.count, difference, beats, sentence: isAbove ? above : ends[beats] };
}

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
  return standingsOf(results).map(one => ({ ...one.verdict, sentence: sentenceOf([one]) }));
}

/**
 * The sentences of all verdicts, a paragraph each, lengths of a method that stand alike in one; or why there is none.
 */
export function trivialVerdict(results: readonly SearchResult[]): string {
  const alike = new Map<string, Standing[]>();
  for (const one of standingsOf(results)) {
    const key = JSON.stringify([one.verdict.method, one.verdict.bits === null, one.end, one.over]);
    alike.set(key, [...(alike.get(key) ?? []), one]);
  }
  if (alike.size > 0) return [...alike.values()].map(sentenceOf).join("\n\n");
  if (!results.some(({ method }) => method === predictedClass.name))
    return "The predicted class is not among these results.";
  return "No method here was trained on classes of the queries: the predicted class is no bar for it.";
}

/** How a method of one length stands against the predicted class, with the words for it. */
interface Standing {
  readonly verdict: Omit<TrivialVerdict, "sentence">;
  /** Which sentence it is. */
  readonly end: TrivialVerdict["beats"] | "above";
  /** mAP, as numbers are shown; that of the predicted class; over what. */
  readonly own: string;
  readonly bar: string;
  readonly over: string;
}

function standingsOf(results: readonly SearchResult[]): Standing[] {
  const groups = bySeeds(results);
  const trivial = groups.find(([{ method }]) => method === predictedClass.name);
  if (trivial === undefined) return [];
  const bar = mapOf(trivial);
  return groups
    .filter(group => group !== trivial && (group[0].queryClasses?.learned ?? 0) > 0)
    .map(group => standingOf(group, mapOf(group), bar));
}

function mapOf(group: readonly SearchResult[]): MeanAndDeviation {
  return meanAndDeviation(group.map(({ evaluation }) => evaluation.mAP.all.tieAware));
}

function standingOf(group: readonly SearchResult[], own: MeanAndDeviation, bar: MeanAndDeviation): Standing {
  const [{ method, title, bits }] = group;
  const { difference, least } = welch(own, bar);
  const one = own.count === 1;
  const told = !one && Math.abs(difference) > least;
  const beats = told ? (difference > 0 ? "yes" : "no") : "untold";
  const text = (of: MeanAndDeviation): string =>
    of.count === 1 ? shownNumber(of.mean) : shownDeviation(of.mean, of.deviation);
  return {
    verdict: { method, title, bits, seeds: own.count, difference, beats },
    end: one && difference > 0 ? "above" : beats,
    own: text(own),
    bar: text(bar),
    over: one ? "one training, without a deviation" : `${own.count} seeds`,
  };
}

/** @param alike lengths of one method that stand alike */
function sentenceOf(alike: readonly Standing[]): string {
  const [{ verdict, end, bar, over }] = alike;
  const lengths = listText(alike.map(one => `${one.verdict.bits}`));
  const name = verdict.bits === null ? verdict.title : `${verdict.title} at ${lengths} bits`;
  const numbers = `mAP ${listText(alike.map(({ own }) => own))} against ${bar}`;
  const sentences: Readonly<Record<Standing["end"], string>> = {
    above: `${name} is above the predicted class, which one training cannot tell from chance (${numbers}).`,
    yes: `${name} beats the predicted class (${numbers}; ${over}).`,
    no: `**${name} does not beat the predicted class, the trivial solution** (${numbers}; ${over}).`,
    untold: `**${name} does not beat the predicted class, the trivial solution**: no difference can be told (${numbers}; ${over}).`,
  };
  return sentences[end];
}

/** `16, 32 and 48`. */
function listText(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

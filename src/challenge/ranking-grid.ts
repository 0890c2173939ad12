import { InputError } from "../core/errors.js";
import type { Candidate } from "./candidate.js";
import type { RankingMethod } from "./gallery-ranker.js";
import type { ReciprocalOptions } from "./k-reciprocal.js";
import type { QueryExpansion } from "./query-expansion.js";

/** Settings to try of averaging vectors with their nearest. */
export interface AveragingRanges {
  /** Neighbours averaged, each at least 1. */
  readonly neighbours: readonly number[];
  /** Exponents of α-weighting, each 0 or more. Default [0]: all weigh the same. */
  readonly alpha?: readonly number[];
}

/** Settings of re-ranking to try, beside doing without. */
export interface RankingRanges {
  /** Lengths of short lists by Hamming distance, each at least 10; candidates need codes. Default: none. */
  readonly shortlist?: readonly number[];
  /** Of database augmentation. Default: none. */
  readonly augmentation?: AveragingRanges;
  /** Of query expansion. Default: none. */
  readonly expansion?: AveragingRanges;
  /** Of k-reciprocal re-ranking, as `ReciprocalOptions`; what is left out has one value, its default. Default: none. */
  readonly reciprocal?: {
    readonly [Option in keyof ReciprocalOptions]?: readonly NonNullable<ReciprocalOptions[Option]>[];
  };
}

/**
 * Candidates that differ from one in how the gallery is re-ranked: the candidate itself, then every combination of the
 * settings, each of the four kinds also left out. A grid of n settings of each of two kinds has (n + 1)² candidates: choose
 * on folds, and correct for having looked at as many.
 * @param candidate ranks without re-ranking
 * @returns each named after the candidate and what it adds: `DCH 64 bits + expansion 3 + k-reciprocal k1 10`
 * @throws {InputError} when the candidate re-ranks, or a range is empty
 */
export function rankingGrid(candidate: Candidate, ranges: RankingRanges): Candidate[] {
  const { ranking, ...more } = candidate.ranking;
  const given = Object.entries(more).find(([, value]) => value !== undefined);
  if (given !== undefined) {
    throw new InputError("a grid of re-rankings starts from a ranking without", {
      expected: `{ ranking: "${ranking}" }`,
      actual: `${given[0]} in that of "${candidate.name}"`,
    });
  }
  const kinds: readonly (readonly Partial<RankingMethod>[])[] = [
    combinations("shortlist", { shortlist: ranges.shortlist }),
    averagings("augmentation", ranges.augmentation).map(augmentation => ({ augmentation })),
    averagings("expansion", ranges.expansion).map(expansion => ({ expansion })),
    reciprocals(ranges.reciprocal).map(reciprocal => ({ reciprocal })),
  ];
  const methods = kinds.reduce<Partial<RankingMethod>[]>(
    (found, settings) => found.flatMap(one => [one, ...settings.map(more => ({ ...one, ...more }))]),
    [{}],
  );
  return methods
    .filter(({ shortlist, ...others }) => shortlist === undefined || ranking !== "hamming" || hasAny(others))
    .map(method => ({
      ...candidate,
      name: [candidate.name, ...rerankingWords(method)].join(" + "),
      ranking: { ranking, ...method },
    }));
}

/** A short list by Hamming distance that is ranked by Hamming distance alone stays as it is. */
function hasAny({ expansion, reciprocal }: Partial<RankingMethod>): boolean {
  return expansion !== undefined || reciprocal !== undefined;
}

/** What a ranking adds to searching once, in the order in which it happens: `augmentation 3 α 2`, `k-reciprocal`. */
export function rerankingWords({ shortlist, augmentation, expansion, reciprocal }: Partial<RankingMethod>): string[] {
  return [
    ...(augmentation === undefined ? [] : [averagingWords("augmentation", augmentation)]),
    ...(shortlist === undefined ? [] : [`best ${shortlist} by Hamming`]),
    ...(expansion === undefined ? [] : [averagingWords("expansion", expansion)]),
    ...(reciprocal === undefined ? [] : [reciprocalWords(reciprocal)]),
  ];
}

function averagingWords(name: string, { neighbours, alpha = 0 }: QueryExpansion): string {
  return `${name} ${neighbours}${alpha === 0 ? "" : ` α ${alpha}`}`;
}

const RECIPROCAL_WORDS: Readonly<Record<keyof ReciprocalOptions, string>> = { k1: "k1", k2: "k2", lambda: "λ" };

function reciprocalWords(options: ReciprocalOptions): string {
  const settings = Object.entries(RECIPROCAL_WORDS).flatMap(([option, word]) => {
    const value = options[option as keyof ReciprocalOptions];
    return value === undefined ? [] : [` ${word} ${value}`];
  });
  return `k-reciprocal${settings.join("")}`;
}

function averagings(name: string, ranges: AveragingRanges | undefined): QueryExpansion[] {
  if (ranges === undefined) return [];
  const { neighbours, alpha = [0] } = ranges;
  return combinations(name, { neighbours, alpha }).map(({ neighbours: k, alpha: weight }) =>
    weight === 0 ? { neighbours: k } : { neighbours: k, alpha: weight },
  );
}

function reciprocals(ranges: RankingRanges["reciprocal"]): ReciprocalOptions[] {
  if (ranges === undefined) return [];
  const { k1, k2, lambda } = ranges;
  return combinations("reciprocal", { k1, k2, lambda }, [{}]);
}

/**
 * Every combination of values of some options; options without values are left out.
 * @param without what there is when no option has values. Default: nothing
 */
function combinations(
  name: string,
  ranges: Readonly<Record<string, readonly number[] | undefined>>,
  without: readonly Record<string, number>[] = [],
): Record<string, number>[] {
  const known = Object.entries(ranges).filter((entry): entry is [string, readonly number[]] => entry[1] !== undefined);
  for (const [option, values] of known) {
    if (values.length > 0) continue;
    throw new InputError(`no values of ${name === option ? name : `${name}.${option}`} to try`, {
      expected: "one or more",
    });
  }
  if (known.length === 0) return [...without];
  return known.reduce<Record<string, number>[]>(
    (found, [option, values]) => found.flatMap(one => values.map(value => ({ ...one, [option]: value }))),
    [{}],
  );
}

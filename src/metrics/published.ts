import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";

/** Published codes whose mAP is available, by name. */
export type ConventionName =
  | "thuml"
  | "thuml-caffe"
  | "thulab"
  | "deephash-pytorch"
  | "orthohash"
  | "csq"
  | "pytorch-metric-learning"
  | "pytorch-metric-learning@r";

/** How a published code turns rankings into mAP, where it differs from ours. */
export interface Convention {
  readonly name: ConventionName;
  /** The function that was run for the goldens: repository, file, name. */
  readonly source: string;
  /** In words: what is divided by, and which queries count 0 or not at all. */
  readonly definition: string;
  /** What the sum of precisions is divided by: relevant items among the places that count, or all of the database. */
  readonly divisor: "hits" | "relevant";
  /** Queries that have relevant items, but none among the places that count: left out of the mean, or 0. */
  readonly withoutHits: "left out" | 0;
  /** Queries that have a label, but no relevant item at all. */
  readonly withoutRelevant: "left out" | 0;
  /** Queries of unknown class. Default: as those without relevant items. */
  readonly unlabelled?: "left out";
  /** How many places count. Default: the first `cutoff`, all without one. */
  places?(asked: { readonly cutoff?: number; readonly relevant: number; readonly ranked: number }): number;
  /**
   * What its authors say against a figure, in words that follow the name.
   * @param mostRelevant the largest number of relevant items that a query has
   */
  caveat?(cutoff: number, mostRelevant: number): string | undefined;
}

const BY_NAME: Readonly<Record<ConventionName, Omit<Convention, "name">>> = {
  thuml: {
    source: "github.com/thuml/HashNet, pytorch/src/test.py, mean_average_precision",
    definition: "divides by the hits in the first R; queries without a hit there are left out",
    divisor: "hits",
    withoutHits: "left out",
    withoutRelevant: "left out",
  },
  "thuml-caffe": {
    source: "github.com/thuml/HashNet, caffe/models/predict/*/predict_parallel.py, mean_average_precision",
    definition:
      "divides by the hits in the first R; a query whose relevant items all lie beyond R counts 0, one without relevant items is left out",
    divisor: "hits",
    withoutHits: 0,
    withoutRelevant: "left out",
  },
  thulab: {
    source: "github.com/thulab/DeepHash, DeepHash/evaluation/__init__.py, get_mAPs",
    definition: "as thuml",
    divisor: "hits",
    withoutHits: "left out",
    withoutRelevant: "left out",
  },
  "deephash-pytorch": {
    source: "github.com/swuxyj/DeepHash-pytorch, utils/tools.py, CalcTopMap",
    definition:
      "divides by the hits in the first R; a query without a hit or without relevant items counts 0; without a cutoff (its topK = -1) the last place of the ranking is dropped",
    divisor: "hits",
    withoutHits: 0,
    withoutRelevant: 0,
    // gnd[0:topk] of topk = -1, which its settings for CIFAR-10 are.
    places: ({ cutoff, ranked }) => cutoff ?? ranked - 1,
  },
  orthohash: {
    source: "github.com/kamwoh/orthohash, functions/hashing.py, calculate_mAP",
    definition: "divides by the hits in the first R; a query without a hit or without relevant items counts 0",
    divisor: "hits",
    withoutHits: 0,
    withoutRelevant: 0,
  },
  csq: {
    source: "github.com/yuanli2333/Hadamard-Matrix-for-hashing, test.py, mean_average_precision",
    definition: "as orthohash, but queries without a label are left out",
    divisor: "hits",
    withoutHits: 0,
    withoutRelevant: 0,
    unlabelled: "left out",
  },
  "pytorch-metric-learning": {
    source:
      "github.com/KevinMusgrave/pytorch-metric-learning 2.9.0, AccuracyCalculator, mean_average_precision with k = R",
    definition:
      "divides by all P relevant items, whatever R (since 1.6.2); queries without relevant items are left out",
    divisor: "relevant",
    withoutHits: 0,
    withoutRelevant: "left out",
  },
  "pytorch-metric-learning@r": {
    source: "the same, mean_average_precision_at_r (MAP@R: Musgrave, Belongie, Lim, ECCV 2020, section 4.1) with k = R",
    definition:
      "only the first P places count, or R where that is less, and P divides; where R < P the library itself calls that incorrect; queries without relevant items are left out",
    divisor: "relevant",
    withoutHits: 0,
    withoutRelevant: "left out",
    places: ({ cutoff = Number.POSITIVE_INFINITY, relevant }) => Math.min(relevant, cutoff),
    caveat: (cutoff, mostRelevant) =>
      cutoff < mostRelevant
        ? `with R = ${cutoff} is what the library computes and itself calls incorrect: a query has up to ${mostRelevant} relevant items; without a cutoff it is MAP@R`
        : undefined,
  },
};

/** All of them. */
export const KNOWN_CONVENTIONS: readonly Convention[] = Object.entries(BY_NAME).map(([name, convention]) =>
  Object.freeze({ name: name as ConventionName, ...convention }),
);

/** Their names. */
export const conventionNames: readonly ConventionName[] = KNOWN_CONVENTIONS.map(({ name }) => name);

/** Two lines each for help: what it does, and whose function it is. */
export const conventionLines: readonly string[] = KNOWN_CONVENTIONS.flatMap(({ name, definition, source }) => [
  `  ${name}: ${definition}`,
  `      ${source}`,
]);

/** @throws {InputError} when there is none of that name */
export function checkConvention(name: string): ConventionName {
  if (Object.hasOwn(BY_NAME, name)) return name as ConventionName;
  throw new InputError("there is no such convention", { expected: knownNames(name, conventionNames), actual: name });
}

/** The convention of a name. @throws {InputError} when there is none */
export function conventionOf(name: string): Convention {
  const known = checkConvention(name);
  return KNOWN_CONVENTIONS.find(convention => convention.name === known)!;
}

/** One query as a published code sees it. */
export interface PublishedQuery {
  /** (P,) ranks from 1 of the relevant items, ascending. */
  readonly relevantRanks: Int32Array;
  /** Items ranked. */
  readonly ranked: number;
  /** Whether the query's class is known. */
  readonly labelled: boolean;
}

/**
 * What one query contributes to the mAP of a published code. Those codes break ties as their sort happens to; here the
 * ranking has them by ascending index.
 * @param cutoff only the first so many places count. Default: all
 * @returns 0..1, or undefined where that code leaves the query out of its mean
 */
export function publishedAveragePrecision(
  convention: Convention,
  { relevantRanks, ranked, labelled }: PublishedQuery,
  cutoff?: number,
): number | undefined {
  const { divisor, withoutHits, withoutRelevant, unlabelled = withoutRelevant, places } = convention;
  const relevant = relevantRanks.length;
  if (relevant === 0) return asCounted(labelled ? withoutRelevant : unlabelled);
  const last = places?.({ cutoff, relevant, ranked }) ?? cutoff ?? ranked;
  let hits = 0;
  let sum = 0;
  while (hits < relevant && relevantRanks[hits] <= last) sum += ++hits / relevantRanks[hits - 1];
  if (hits === 0) return asCounted(withoutHits);
  return sum / (divisor === "hits" ? hits : relevant);
}

function asCounted(as: "left out" | 0): number | undefined {
  return as === 0 ? 0 : undefined;
}

import { InputError } from "../core/errors.js";

/** How a published code turns rankings into mAP, where it differs from ours. */
interface Convention {
  /** What the sum of precisions is divided by: relevant items among the places that count, or all there could be. */
  readonly divisor: "retrieved" | "possible";
  /** Whether places count only up to the number of relevant items (R of MAP@R). */
  readonly upToRelevant: boolean;
  /** Queries that have relevant items, but none among the places that count: left out of the mean, or 0. */
  readonly withoutHits: "left out" | 0;
  /** Queries that have no relevant item at all. */
  readonly withoutRelevant: "left out" | 0;
}

/** Published codes whose mAP is available, by name. */
export type ConventionName =
  | "thuml"
  | "thulab"
  | "deephash-pytorch"
  | "pytorch-metric-learning"
  | "pytorch-metric-learning@r";

const CONVENTIONS: Readonly<Record<ConventionName, Convention>> = {
  /** github.com/thuml/HashNet, `mean_average_precision` (models/predict/imagenet/predict_parallel.py). */
  thuml: { divisor: "retrieved", upToRelevant: false, withoutHits: "left out", withoutRelevant: "left out" },
  /** github.com/thulab/DeepHash, `get_mAPs` (DeepHash/evaluation/__init__.py); same as thuml. */
  thulab: { divisor: "retrieved", upToRelevant: false, withoutHits: "left out", withoutRelevant: "left out" },
  /** github.com/swuxyj/DeepHash-pytorch, `CalcTopMap` (utils/tools.py). */
  "deephash-pytorch": { divisor: "retrieved", upToRelevant: false, withoutHits: 0, withoutRelevant: 0 },
  /** github.com/KevinMusgrave/pytorch-metric-learning, `mean_average_precision` with k = cutoff. */
  "pytorch-metric-learning": {
    divisor: "retrieved",
    upToRelevant: false,
    withoutHits: 0,
    withoutRelevant: "left out",
  },
  /** The same library's `mean_average_precision_at_r` (MAP@R: Musgrave, Belongie, Lim, ECCV 2020, section 4.1). */
  "pytorch-metric-learning@r": {
    divisor: "possible",
    upToRelevant: true,
    withoutHits: 0,
    withoutRelevant: "left out",
  },
};

/** All of them. */
export const conventionNames: readonly ConventionName[] = Object.keys(CONVENTIONS) as ConventionName[];

/** @throws {InputError} when there is none of that name */
export function checkConvention(name: string): ConventionName {
  if (Object.hasOwn(CONVENTIONS, name)) return name as ConventionName;
  throw new InputError("there is no such convention", { expected: conventionNames.join(", "), actual: name });
}

/**
 * What one query contributes to the mAP of a published code. Those codes break ties as their sort happens to; here the
 * ranking has them by ascending index.
 * @param relevantRanks (P,) ranks from 1 of the relevant items, ascending
 * @param cutoff only the first so many places count. Default: all
 * @returns 0..1, or undefined where that code leaves the query out of its mean
 */
export function publishedAveragePrecision(
  name: ConventionName,
  relevantRanks: Int32Array,
  cutoff: number = Number.POSITIVE_INFINITY,
): number | undefined {
  const { divisor, upToRelevant, withoutHits, withoutRelevant } = CONVENTIONS[name];
  const relevant = relevantRanks.length;
  if (relevant === 0) return withoutRelevant === 0 ? 0 : undefined;
  const places = upToRelevant ? Math.min(relevant, cutoff) : cutoff;
  let hits = 0;
  let sum = 0;
  while (hits < relevant && relevantRanks[hits] <= places) sum += ++hits / relevantRanks[hits - 1];
  if (hits === 0) return withoutHits === 0 ? 0 : undefined;
  return sum / (divisor === "retrieved" ? hits : Math.min(relevant, places));
}

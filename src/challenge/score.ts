import { InputError } from "../core/errors.js";
import { averagePrecision } from "../metrics/average-precision.js";
import { meanOf } from "../metrics/bootstrap.js";
import type { ChallengeNames } from "./known-names.js";
import type { SubmissionLine } from "./submission.js";
import { SUBMISSION_PLACES } from "./submission.js";

/** Products of queries and gallery images, in the order of their names; negative: not known. */
export interface ChallengeLabels {
  readonly queries: Int32Array;
  readonly gallery: Int32Array;
}

/** How a submission did. All means are over the queries that have a relevant gallery image. */
export interface ChallengeScore {
  /** Queries, all of them. */
  readonly queries: number;
  readonly gallery: number;
  /** Queries without a gallery image of their product; left out of the means, as in `evaluate`. */
  readonly queriesWithoutRelevant: number;
  /** Queries and gallery images whose product is not known. Such a query is left out, such an image counts as wrong. */
  readonly unlabelled: { readonly queries: number; readonly gallery: number };
  /** Share of queries whose first image is of their product. */
  readonly top1: number;
  /** Mean of AP@10, the divisor of which is min(P, 10), P the gallery images of the product. */
  readonly mAP10: number;
  /** 0.5 · top1 + 0.5 · mAP10. */
  readonly score: number;
}

/** One query's part in the score. */
export interface QueryScore {
  /** Place among the queries. */
  readonly query: number;
  /** Gallery images of its product, at least 1. */
  readonly relevant: number;
  /** 1 when the first image is right, else 0. */
  readonly top1: number;
  readonly averagePrecision: number;
}

/** Whether labels are there to score with: at least one query and one gallery image have one. */
export function isScorable({ queries, gallery }: ChallengeLabels): boolean {
  return queries.some(label => label >= 0) && gallery.some(label => label >= 0);
}

/**
 * Scores the lines of a valid submission, with the definitions of `evaluate` (its `digix`, `top1` and stable mAP@10).
 * The challenge does not publish the divisor of AP@10; ours is min(P, 10).
 * @throws {InputError} when labels and names differ in number, lines name what is unknown, or no query has a relevant
 * gallery image
 */
export function scoreSubmission(
  lines: readonly SubmissionLine[],
  names: ChallengeNames,
  labels: ChallengeLabels,
): ChallengeScore {
  const perQuery = scoreQueries(lines, names, labels);
  const countUnlabelled = (side: Int32Array): number => side.reduce((count, label) => count + (label < 0 ? 1 : 0), 0);
  const withoutLabel = { queries: countUnlabelled(labels.queries), gallery: countUnlabelled(labels.gallery) };
  if (perQuery.length === 0) {
    throw new InputError("no query has a relevant gallery image, so there is nothing to score", {
      expected: "products of queries that occur in the gallery",
      actual: `${names.queries.length} queries, ${withoutLabel.queries} of them of unknown product`,
    });
  }
  const top1 = meanOf(perQuery.map(one => one.top1));
  const mAP10 = meanOf(perQuery.map(one => one.averagePrecision));
  return {
    queries: names.queries.length,
    gallery: names.gallery.length,
    queriesWithoutRelevant: names.queries.length - withoutLabel.queries - perQuery.length,
    unlabelled: withoutLabel,
    top1,
    mAP10,
    score: 0.5 * top1 + 0.5 * mAP10,
  };
}

/** What {@link scoreSubmission} takes the means of: a value for each query that has a relevant image, in order. */
export function scoreQueries(
  lines: readonly SubmissionLine[],
  { queries, gallery }: ChallengeNames,
  labels: ChallengeLabels,
): QueryScore[] {
  checkLengths(queries, labels.queries, "queries");
  checkLengths(gallery, labels.gallery, "gallery images");
  const labelOf = new Map(gallery.map((name, row) => [name, labels.gallery[row]]));
  const relevantTo = countsOf(labels.gallery);
  const lists = new Map(lines.map(line => [line.query, line.gallery]));
  return queries.flatMap((name, query) => {
    const label = labels.queries[query];
    const relevant = label < 0 ? 0 : (relevantTo.get(label) ?? 0);
    if (relevant === 0) return [];
    const found = (lists.get(name) ?? []).slice(0, SUBMISSION_PLACES);
    const hits = found.flatMap((item, place) => (labelOfName(labelOf, item) === label ? [place + 1] : []));
    // relevant images that the list does not hold have a rank past the cutoff, which one does not matter
    const ranks = new Int32Array(Math.max(relevant, hits.length)).fill(0x7fffffff);
    ranks.set(hits);
    const ap = averagePrecision(ranks, { cutoff: SUBMISSION_PLACES });
    return [{ query, relevant, top1: hits[0] === 1 ? 1 : 0, averagePrecision: ap }];
  });
}

function labelOfName(labelOf: ReadonlyMap<string, number>, name: string): number {
  const label = labelOf.get(name);
  if (label !== undefined) return label;
  throw new InputError("the submission names an image that is not in the gallery", {
    expected: "a checked submission",
    actual: JSON.stringify(name),
  });
}

/** How many images each known product has. */
function countsOf(labels: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const label of labels) if (label >= 0) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function checkLengths(names: readonly string[], labels: Int32Array, what: string): void {
  if (names.length === labels.length) return;
  throw new InputError(`names and labels of ${what} differ in number`, {
    expected: `${names.length} labels`,
    actual: `${labels.length}`,
  });
}

import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { roundedNumber } from "../core/shown-number.js";
import type { Sides } from "../ranking/side.js";
import type { ChallengeSet } from "./challenge-set.js";
import type { GalleryRanker, RankingMethod } from "./gallery-ranker.js";
import { openRanker, RANKING_BLOCK } from "./rank-gallery.js";
import type { ChallengeScore, QueryScore } from "./score.js";
import { scoreQueries, scoreSubmission } from "./score.js";
import { submissionLines } from "./submission.js";

/** A way to rank the gallery, under a name. */
export interface RankingCandidate {
  /** For people: `64-bit HashNet, asymmetric`. */
  readonly name: string;
  readonly sides: Sides;
  readonly method: RankingMethod;
}

/** How a candidate did. */
export interface RankingResult {
  readonly name: string;
  readonly score: ChallengeScore;
  readonly perQuery: readonly QueryScore[];
  /** (queries, 10) gallery rows, best first. */
  readonly ranked: NdArray<Int32Array>;
  /** What the gallery keeps of an image. */
  readonly bytesPerImage: number;
  /**
   * Median over blocks of queries of the milliseconds a query took, vectors in memory, nothing extracted; with the share
   * a query has in what is computed of all images beforehand (the neighbours of k-reciprocal ranking, an augmented gallery).
   */
  readonly msPerQuery: number;
}

/** Blocks timed, at least; passes over the queries are repeated until there are as many. */
const TIMED_BLOCKS = 5;

/**
 * Ranks the gallery in several ways, scores and times them, one after the other.
 * @param set names and labels of queries and gallery
 * @param candidates what is ranked with, and how
 * @param options what computes, and who is told of the progress
 * @throws {InputError} when a candidate does not fit the set, or no query has a relevant gallery image
 */
export async function compareRankings(
  { names, labels }: Pick<ChallengeSet, "names" | "labels">,
  candidates: readonly RankingCandidate[],
  options: { engine?: Engine; onProgress?: ProgressListener } = {},
): Promise<RankingResult[]> {
  const engine = options.engine ?? (await openEngine());
  const meter = new ProgressMeter("rankings", candidates.length, "methods", options.onProgress);
  const results: RankingResult[] = [];
  for (const { name, sides, method } of candidates) {
    const started = performance.now();
    const ranker = await openRanker(sides, { ...method, engine });
    const isPrepared = method.reciprocal !== undefined || method.augmentation !== undefined;
    const prepared = isPrepared ? performance.now() - started : 0;
    try {
      const { ranked, msPerQuery } = await timedRanking(ranker);
      const lines = submissionLines(ranked, names.queries, names.gallery);
      results.push({
        name,
        score: scoreSubmission(lines, names, labels),
        perQuery: scoreQueries(lines, names, labels),
        ranked,
        bytesPerImage: ranker.bytesPerImage,
        msPerQuery: msPerQuery + prepared / ranker.queries,
      });
    } finally {
      await ranker.dispose();
    }
    meter.report(results.length, name);
  }
  return results;
}

async function timedRanking({ queries, places, rank }: GalleryRanker): Promise<{
  ranked: NdArray<Int32Array>;
  msPerQuery: number;
}> {
  const indices = new Int32Array(queries * places);
  const times: number[] = [];
  await rank(0, Math.min(RANKING_BLOCK, queries)); // the first call compiles and allocates
  while (times.length < TIMED_BLOCKS) {
    for (let from = 0; from < queries; from += RANKING_BLOCK) {
      const to = Math.min(from + RANKING_BLOCK, queries);
      const started = performance.now();
      const lists = await rank(from, to);
      times.push((performance.now() - started) / (to - from));
      for (const [i, list] of lists.entries()) indices.set(list.indices, (from + i) * places);
    }
  }
  times.sort((a, b) => a - b);
  return { ranked: { data: indices, shape: [queries, places] }, msPerQuery: times[times.length >> 1] };
}

/** A row of the comparison's table. (A type, not an interface: tables take objects with any keys.) */
export type RankingRow = {
  readonly method: string;
  readonly score: number;
  readonly "top-1": number;
  readonly "mAP@10": number;
  readonly "bytes/image": number;
  readonly "ms/query": number;
};

/** Rows for a table in a cell, in the order given. */
export function rankingRows(results: readonly RankingResult[]): RankingRow[] {
  return results.map(({ name, score, bytesPerImage, msPerQuery }) => ({
    method: name,
    score: roundedNumber(score.score),
    "top-1": roundedNumber(score.top1),
    "mAP@10": roundedNumber(score.mAP10),
    "bytes/image": bytesPerImage,
    "ms/query": Number(msPerQuery.toPrecision(2)),
  }));
}

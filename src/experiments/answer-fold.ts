import type { Candidate } from "../challenge/candidate.js";
import type { ChallengeSet } from "../challenge/challenge-set.js";
import type { RankingResult } from "../challenge/compare-rankings.js";
import { compareRankings } from "../challenge/compare-rankings.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { takeRows } from "../core/arrays.js";
import type { ProgressListener } from "../core/progress.js";
import type { Split } from "../datasets/split.js";
import { checkCandidate } from "./check-candidates.js";
import type { CandidateData } from "./compare-candidates.js";
import { candidateSide, learnCandidate } from "./learned-candidate.js";

/** A fold of labelled products. */
export interface FoldToAnswer extends CandidateData {
  /** Rows that may be learned from. */
  readonly split: Pick<Split, "train">;
  /** Queries and gallery of the products held out. */
  readonly heldOut: ChallengeSet;
}

/** Settings of {@link answerFold}. */
export interface AnswerFoldOptions extends Abortable {
  /** Default: that of the data, else the best that is there. */
  readonly engine?: Engine;
  readonly onProgress?: ProgressListener;
}

/**
 * Learns a candidate on the products outside of one fold and ranks the gallery of those inside: what is found for each
 * query, to be looked at. `chooseCandidate` compares candidates over all folds.
 * @throws {InputError} as `trainHead` and `rankGallery`, and naming what is wrong with the candidate
 */
export async function answerFold(
  data: FoldToAnswer,
  candidate: Candidate,
  { signal, onProgress, ...options }: AnswerFoldOptions = {},
): Promise<RankingResult> {
  const { dataset, featureSets, split, heldOut } = data;
  const sets = Object.keys(featureSets);
  const { features: name = sets[0], ranking } = candidate;
  checkCandidate(candidate, sets);
  const engine = options.engine ?? data.engine ?? (await openEngine());
  const { features } = featureSets[name];
  const labelled = { features, labels: dataset.labels, train: split.train };
  const learned = await learnCandidate(candidate, labelled, { place: { engine }, engine, signal });
  const queries = await candidateSide(learned, takeRows(features, heldOut.rows.query), { engine });
  const database = await candidateSide(learned, takeRows(features, heldOut.rows.gallery), { engine });
  const asked = [{ name: candidate.name, sides: { queries, database }, method: ranking }];
  return (await compareRankings(heldOut, asked, { engine, onProgress }))[0];
}

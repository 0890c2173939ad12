import type { Candidate } from "../challenge/candidate.js";
import type { ChallengeSet } from "../challenge/challenge-set.js";
import { rankGallery } from "../challenge/rank-gallery.js";
import type { SubmissionLine } from "../challenge/submission.js";
import { submissionLines } from "../challenge/submission.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { ProgressListener } from "../core/progress.js";
import type { FeatureSet } from "../features/extract.js";
import type { CandidateData } from "./compare-candidates.js";
import type { LearnedCandidate } from "./learned-candidate.js";
import { candidateSide, learnCandidate } from "./learned-candidate.js";

/** What is answered, and with which features. */
export interface AnswerData extends CandidateData {
  readonly test: ChallengeSet;
  /** Of the test part, by the names of the labelled ones'. Rows are those of its dataset. */
  readonly testFeatureSets: Readonly<Record<string, Pick<FeatureSet, "features">>>;
}

/** Settings of {@link answerTest}. */
export interface AnswerOptions extends Abortable {
  readonly engine: Engine;
  /** What this candidate has learned of all labelled products, where an earlier part was answered. Default: it is learned. */
  readonly learned?: LearnedCandidate;
  readonly onProgress?: ProgressListener;
}

/** Ranked lists of a test part, with what they were ranked by. */
export interface Answer {
  readonly lines: readonly SubmissionLine[];
  readonly learned: LearnedCandidate;
}

/**
 * Learns a candidate on all labelled products and ranks the test part by it.
 * @throws {InputError} as `trainHead` and `rankGallery`, and when features of the test part are missing
 */
export async function answerTest(
  data: AnswerData,
  candidate: Candidate,
  { engine, learned: known, signal, onProgress }: AnswerOptions,
): Promise<Answer> {
  const { dataset, featureSets, test, testFeatureSets } = data;
  const { features: name = Object.keys(featureSets)[0], ranking } = candidate;
  if (testFeatureSets[name] === undefined) {
    throw new InputError("there are no such features of the test part", {
      expected: knownNames(name, Object.keys(testFeatureSets)),
      actual: name,
    });
  }
  const train = Int32Array.from(dataset.labels.keys()).filter(row => dataset.labels[row] >= 0);
  const labelled = { features: featureSets[name].features, labels: dataset.labels, train };
  const learned = known ?? (await learnCandidate(candidate, labelled, { place: { engine }, engine, signal }));
  checkAborted(signal);
  const { features } = testFeatureSets[name];
  const queries = await candidateSide(learned, takeRows(features, test.rows.query), { engine });
  const database = await candidateSide(learned, takeRows(features, test.rows.gallery), { engine });
  const ranked = await rankGallery({ queries, database }, { ...ranking, engine, onProgress });
  return { lines: submissionLines(ranked, test.names.queries, test.names.gallery), learned };
}

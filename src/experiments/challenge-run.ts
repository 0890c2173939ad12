import { join } from "node:path";
import type { Candidate } from "../challenge/candidate.js";
import { challengeSet } from "../challenge/challenge-set.js";
import { duplicatesText, findDuplicateProducts, writeDuplicates } from "../challenge/duplicates-list.js";
import { judgeSubmission } from "../challenge/judge-submission.js";
import type { Engine } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { hashOfFiles } from "../core/file-hash.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { mergedText, mergeProducts, readProductMerges } from "../datasets/product-merges.js";
import type { ChallengeParts, TestPart } from "./challenge-parts.js";
import type { ChallengeRunRecord, RunSubmission } from "./challenge-run-file.js";
import { answerKey, readChallengeRun, writeChallengeRun } from "./challenge-run-file.js";
import type { Choice } from "./choice.js";
import { choiceRecordFile } from "./choice-record.js";
import type { ChooseOptions } from "./choose-candidate.js";
import { chooseCandidate } from "./choose-candidate.js";
import { usualCandidates } from "./default-candidates.js";
import { environment } from "./environment.js";
import type { NamedFeatures } from "./features-list-file.js";
import type { LearnedCandidate } from "./learned-candidate.js";
import type { FeatureSets } from "./readable-features.js";
import type { FeaturesOptions } from "./run-features.js";
import { extractTest, labelledFeatures, testFeatures } from "./run-features.js";
import { submitAnswer } from "./submit-choice.js";

/** Whether and how products under several ids are made one. */
export type Duplicates =
  /** Look for them, write the list into the run's folder, merge by it; a list that is there, edited or not, is taken. */
  | { readonly kind: "find" }
  /** Merge by a list of one's own. */
  | { readonly kind: "list"; readonly file: string }
  /** Take products as they are. */
  | { readonly kind: "keep" };

/** Settings of {@link runChallenge}. */
export interface ChallengeRunOptions extends Abortable {
  /** Folder for submissions, the list of duplicates, and the record. */
  readonly out: string;
  readonly features: NamedFeatures;
  /** Default: `usualCandidates` of the labelled products. */
  readonly candidates?: readonly Candidate[];
  readonly duplicates: Duplicates;
  readonly choose: Pick<ChooseOptions, "of" | "repeats" | "seed" | "rule" | "workers">;
  readonly engine: Engine;
  readonly onProgress?: ProgressListener;
  /** Told what was done, a sentence a step. Default: nobody. */
  readonly onStep?: (sentence: string) => void;
}

/** The list of duplicates in a run's folder. */
export const MERGES_FILE = "merged-products.txt";

/**
 * Goes from folders to a submission for each test part: finds products under several ids, extracts features, chooses a
 * candidate over folds, trains it on all labelled products, ranks, writes, validates, and notes all of it. What an earlier
 * run has done (features, folds, the list of duplicates, submissions of the same) is found and not done again, so that a
 * run that was stopped is gone on with by the same call.
 * @throws {InputError} when images, lists or candidates are not what they must be
 */
export async function runChallenge(parts: ChallengeParts, options: ChallengeRunOptions): Promise<ChallengeRunRecord> {
  const { onStep, signal } = options;
  const tell = (sentence: string): void => onStep?.(sentence);
  const before = await readChallengeRun(options.out);
  for (const note of parts.notes) tell(note);
  const merged = await mergedParts(parts.labelled, options);
  tell(mergedText(merged.dataset) ?? "no products are merged");
  checkAborted(signal);
  const making = { engine: options.engine, learnFrom: parts.labelled, onProgress: options.onProgress, signal };
  const labelled = await labelledFeatures(merged.dataset, options.features, making);
  for (const { dataset } of parts.tests) await extractTest(dataset, options.features, making); // hours: before the choice
  const data = { engine: options.engine, dataset: labelled.dataset, featureSets: labelled.featureSets };
  const first = challengeSet(parts.tests[0].dataset);
  const { candidates = usualCandidates(labelled.dataset.labels) } = options;
  const choice = await chooseCandidate({ ...data, test: first }, candidates, { ...options, ...options.choose });
  tell(`${choice.candidate.name} is taken; it is trained on all labelled products now`);
  const submissions: RunSubmission[] = [];
  let learned: LearnedCandidate | undefined; // of all labelled products, the same for every part
  for (const test of parts.tests) {
    checkAborted(signal);
    const answered = await answerPart(test, { ...data, choice, before, learned }, { ...options, ...making });
    learned = answered.learned ?? learned;
    tell(`${test.dataset.name}: ${answered.found ? "answered by an earlier run, found" : "answered"}`);
    submissions.push(answered.submission);
  }
  return writeChallengeRun(options.out, {
    root: parts.root,
    synthetic: parts.labelled.synthetic === true,
    notes: parts.notes,
    duplicates: { kind: options.duplicates.kind, mergedProducts: merged.dataset.mergedProducts ?? [] },
    features: options.features,
    unreadable: labelled.unreadable.length,
    candidates,
    chosen: choice.candidate,
    predicted: choice.predicted,
    why: choice.why,
    submissions,
    engine: options.engine.name,
    environment: environment(),
    date: new Date().toISOString(),
  });
}

async function mergedParts(
  labelled: Dataset<Int32Array>,
  { duplicates, out, onProgress, onStep }: ChallengeRunOptions,
): Promise<{ dataset: Dataset<Int32Array> }> {
  switch (duplicates.kind) {
    case "keep":
      return { dataset: labelled };
    case "list":
      return { dataset: mergeProducts(labelled, await readProductMerges(duplicates.file), duplicates.file) };
    case "find": {
      const file = join(out, MERGES_FILE);
      const known = await readProductMerges(file).catch(async (error: Error) => {
        if ((error.cause as NodeJS.ErrnoException | undefined)?.code !== "ENOENT") throw error;
        const found = await findDuplicateProducts(labelled, { onProgress });
        await writeDuplicates(file, found, labelled);
        onStep?.(`${duplicatesText(found)}: ${file}`);
        return readProductMerges(file);
      });
      return { dataset: mergeProducts(labelled, known, file) };
    }
  }
}

interface AnswerInput {
  readonly engine: Engine;
  readonly dataset: Dataset<Int32Array>;
  readonly featureSets: FeatureSets;
  readonly choice: Choice;
  /** What an earlier run noted here. */
  readonly before?: ChallengeRunRecord;
  /** What was learned for an earlier part. */
  readonly learned?: LearnedCandidate;
}

/** The submission of a part: one that is there and follows from the same is taken. */
async function answerPart(
  { part, dataset: testDataset }: TestPart,
  { choice, before, learned: known, ...data }: AnswerInput,
  { out, features, ...making }: Pick<ChallengeRunOptions, "out" | "features"> & FeaturesOptions,
): Promise<{ submission: RunSubmission; found: boolean; learned?: LearnedCandidate }> {
  const test = challengeSet(testDataset);
  const { engine, onProgress, signal } = making;
  const file = join(out, `submission-${part}.csv`);
  const key = answerKey({ candidate: choice.candidate, features, labelled: data.dataset, test: testDataset, engine });
  const queries = test.names.queries.length;
  const noted = before?.submissions.find(one => one.part === part && one.key === key);
  if (noted !== undefined && noted.sha256 === (await hashOfFiles([file]).catch(() => undefined))) {
    const { valid } = await judgeSubmission(file, test);
    if (valid) return { submission: { ...noted, file, record: choiceRecordFile(file) }, found: true }; // it may have been moved
  }
  const testFeatureSets = await testFeatures(testDataset, features, making);
  const { submitted, learned } = await submitAnswer({ ...data, test, testFeatureSets }, choice, {
    ...{ file, engine, learned: known, onProgress, signal },
  });
  const { record, judged, asPredicted } = submitted;
  const { score } = judged;
  const submission: RunSubmission = {
    ...{ part, key, file, record, sha256: await hashOfFiles([file]), queries, gallery: test.names.gallery.length },
    ...(score === null ? {} : { score: score.score, ...(asPredicted === undefined ? {} : { asPredicted }) }),
  };
  return { submission, found: false, learned };
}

import type { ComparedFolds } from "../challenge/compare-folds.js";
import { compareFolds } from "../challenge/compare-folds.js";
import type { JudgedSubmission } from "../challenge/judge-submission.js";
import { judgeSubmission } from "../challenge/judge-submission.js";
import { scoreQueries } from "../challenge/score.js";
import type { SubmissionLine } from "../challenge/submission.js";
import { writeSubmission } from "../challenge/submission.js";
import { checkNotePlace, noteFile, writeSubmissionNote } from "../challenge/submission-note.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import { writeAlone } from "../core/output-files.js";
import { runsPath } from "../core/paths.js";
import type { FeatureSet } from "../features/extract.js";
import { meanOf } from "../metrics/bootstrap.js";
import type { Answer, AnswerData, AnswerOptions } from "./answer-test.js";
import { answerTest } from "./answer-test.js";
import type { Choice } from "./choice.js";
import { choiceRecordFile, recordedCandidates, writeChoiceRecord } from "./choice-record.js";
import { environment } from "./environment.js";
import type { LearnedCandidate } from "./learned-candidate.js";
import { foldQueries } from "./open-folds.js";

/** Settings of {@link submitChoice}. */
export interface SubmitChoiceOptions extends Omit<AnswerOptions, "engine" | "learned"> {
  /** The submission. Default `runs/challenge/submission.csv`. */
  readonly file?: string;
  /** Default: that of the data, else the best that is there. */
  readonly engine?: Engine;
}

/** A submission that is written, and what became of it. */
export interface SubmittedChoice {
  readonly file: string;
  /** Why it is as it is: a JSON file. */
  readonly record: string;
  readonly judged: JudgedSubmission;
  /** Where labels are known: the first of those chosen from and the one taken, on the test part, compared as on folds. */
  readonly onTest?: ComparedFolds;
  /** Whether the score lies where the folds expected it. Absent where it is not known. */
  readonly asPredicted?: boolean;
}

/**
 * Learns the candidate that was taken on all labelled products, ranks the test part, and writes the submission, with how
 * it was made (`submission.csv.json`) and why (`submission.csv.choice.json`) beside it; reads and checks it as anyone's.
 * @throws {InputError} as `trainHead` and `rankGallery`, when features of the test part are missing, or a name cannot be
 *   written
 */
export async function submitChoice(
  data: AnswerData,
  choice: Choice,
  options: SubmitChoiceOptions = {},
): Promise<SubmittedChoice> {
  return (await submitAnswer(data, choice, options)).submitted;
}

/**
 * {@link submitChoice}, for several test parts: what is learned for the first is given to the others.
 * @throws {InputError} as that
 */
export async function submitAnswer(
  data: AnswerData,
  choice: Choice,
  { learned, ...options }: SubmitChoiceOptions & Pick<AnswerOptions, "learned">,
): Promise<{ readonly submitted: SubmittedChoice; readonly learned: LearnedCandidate }> {
  const { file = runsPath("challenge", "submission.csv"), ...rest } = options;
  const engine = options.engine ?? data.engine ?? (await openEngine());
  await checkNotePlace(file);
  const answer = await answerTest(data, choice.candidate, { ...rest, learned, engine });
  const record = await writeAlone([file, noteFile(file), choiceRecordFile(file)], () =>
    writeAnswer(file, data, choice, { answer, engine }),
  );
  const judged = await judgeSubmission(file, data.test);
  if (!judged.valid) throw new InputError("no valid submission can be made", { actual: judged.faults[0].message });
  if (judged.score === null) return { submitted: { file, record, judged }, learned: answer.learned };
  const { score } = judged.score;
  const { low, high } = choice.predicted;
  const onTest = await againstFirst(data, choice, answer.lines, { ...rest, engine });
  const asPredicted = score >= low && score <= high;
  return { submitted: { file, record, judged, onTest, asPredicted }, learned: answer.learned };
}

/** @returns the path of the record */
async function writeAnswer(
  file: string,
  { dataset, featureSets, test }: AnswerData,
  choice: Choice,
  { answer, engine }: { readonly answer: Answer; readonly engine: Engine },
): Promise<string> {
  const { rule, candidate, compared, predicted, folds, why } = choice;
  const synthetic = dataset.synthetic === true;
  await writeSubmission(file, answer.lines);
  await writeSubmissionNote(file, {
    dataset: test.title,
    synthetic,
    method: candidate.ranking,
    seen: [],
    unchecked: [],
  });
  const manifests = Object.entries(featureSets).map(([name, set]) => [name, (set as FeatureSet).manifest ?? null]);
  return writeChoiceRecord(file, {
    dataset: { labelled: dataset.name, test: test.title },
    synthetic,
    rule,
    chosen: candidate.name,
    candidates: recordedCandidates(choice),
    best: compared.ways[compared.best].name,
    predicted,
    folds,
    features: Object.fromEntries(manifests),
    why,
    trainSeconds: answer.learned.seconds,
    engine: engine.name,
    environment: environment(),
    date: new Date().toISOString(),
  });
}

/** The first candidate and the one taken on the test part, as on one fold. */
async function againstFirst(
  data: AnswerData,
  { results, candidate, chosen }: Choice,
  lines: readonly SubmissionLine[],
  options: AnswerOptions,
): Promise<ComparedFolds> {
  const { test } = data;
  const scoresOf = (name: string, some: readonly SubmissionLine[]) => {
    const queries = foldQueries(scoreQueries(some, test.names, test.labels), test);
    return { name, scores: [meanOf(queries.scores)], queries: [queries] };
  };
  const [{ candidate: first }] = results;
  const base = chosen === 0 ? lines : (await answerTest(data, first, options)).lines;
  return compareFolds([scoresOf(first.name, base), scoresOf(candidate.name, lines)]);
}

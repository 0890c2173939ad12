import { readFile } from "node:fs/promises";
import { Command } from "commander";
import type { ChallengeSet } from "../challenge/challenge-set.js";
import type { ChallengeScore } from "../challenge/score.js";
import type { SubmissionNote } from "../challenge/submission-note.js";
import { InputError, UsageError } from "../core/errors.js";
import { checkReadable } from "../core/readable-files.js";
import { shownNumber } from "../core/shown-number.js";
import type { LabelsOfFile } from "../features/named-labels-file.js";
import type { ChallengeFlags } from "./challenge-items.js";
import { readChallengeItems } from "./challenge-items.js";
import { addDigixOptions } from "./digix-options.js";
import type { FoldFlag } from "./fold-option.js";
import { foldOption } from "./fold-option.js";
import type { InputNotes } from "./input-notes.js";
import { inputLines } from "./input-notes.js";
import { wholeNumber } from "./numbers.js";

interface ScoreFlags extends ChallengeFlags {
  fold?: FoldFlag;
  foldSeed?: number;
  queryNames?: string;
  galleryNames?: string;
  queryLabels?: string;
  galleryLabels?: string;
  allowSeen: boolean;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook score submission.csv --dataset digix-sample-test-a --root sample
  $ hashbook score submission.csv --data work/
  $ hashbook score fold-1.csv --dataset digix --fold 1/5 --json
  $ hashbook score submission.csv --query-names q.txt --gallery-names g.txt --query-labels q.npy --gallery-labels g.npy

Checks a submission of anyone (each query once with exactly ten different gallery images, names, braces, encoding) and
says all that is wrong, with line numbers; exit code 1 then. Scores it where labels are known: top-1, mAP@10 (AP divided
by min(P, 10)) and 0.5 top-1 + 0.5 mAP@10. The labels of the official test parts are not public: there it only checks.
What \`submit\` wrote beside the submission says whether its model has seen the images: such a score is refused.
Names: a file name a line. Labels: integers (n,), .npy, in the order of the names; -1 is unknown.`;

/** `hashbook score`: whether a submission is valid, and how good. */
export function scoreCommand(): Command {
  return addDigixOptions(new Command("score"))
    .description("check a challenge submission and, where labels are known, score it")
    .argument("<file>", "the submission")
    .option("--data <folder>", "data folder of the test part, or of labelled data with --fold")
    .option("--dataset <name>", "test part (digix-test-a, ...), or labelled data with --fold")
    .option("--root <folder>", "where the dataset is; default: its usual place")
    .option("--fold <i/n>", "queries and gallery of fold i of n of labelled data", foldOption)
    .option("--fold-seed <n>", "of the deal of products to folds; default 0", wholeNumber(0))
    .option("--query-names <file>", "names of the queries, instead of a dataset")
    .option("--gallery-names <file>", "names of the gallery images")
    .option("--query-labels <file>", "labels of the queries, .npy; default: unknown")
    .option("--gallery-labels <file>", "labels of the gallery images, .npy; default: unknown")
    .option("--allow-seen", "go on where the model has seen products of the challenge, and say so", false)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(score);
}

interface Known extends Pick<ChallengeSet, "names" | "labels" | "title" | "synthetic">, InputNotes {}

async function score(file: string, flags: ScoreFlags): Promise<void> {
  checkFlags(flags);
  // Opening a dataset may take minutes: what is refused sooner comes first.
  await checkReadable({
    ...{ "a submission": file, "names of the queries": flags.queryNames, "names of the gallery": flags.galleryNames },
    ...{ "labels of the queries": flags.queryLabels, "labels of the gallery": flags.galleryLabels },
  });
  const known = await knownOf(flags);
  const { names, title, synthetic, converted } = known;
  const { judgeSubmission } = await import("../challenge/judge-submission.js");
  const { valid, faults, score: scored } = await judgeSubmission(file, known);
  const { seen, unchecked: ofNote } = await noteOf(file, scored, flags);
  const unchecked = [...known.unchecked, ...ofNote];
  const counts = { queries: names.queries.length, gallery: names.gallery.length };
  if (flags.json) {
    const document = {
      file,
      dataset: title,
      synthetic,
      valid,
      faults,
      ...counts,
      scored: scored !== null,
      ...scored,
      ...(seen.length === 0 ? {} : { seen }),
      unchecked,
      converted,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else if (valid) {
    const { seenLines } = await import("../features/seen-parts.js");
    const text = validText(file, { title, synthetic, ...counts }, scored);
    const lines = [text, ...seenLines(seen), ...inputLines({ unchecked, converted })];
    process.stdout.write(`${lines.join("\n")}\n`);
  } else {
    const { faultsText } = await import("../challenge/submission-fault.js");
    process.stdout.write(`${faultsText(faults, file)}\n`);
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    process.stderr.write(`hashbook: ${file} is no valid submission for ${title}: ${count}\n`);
  }
  if (!valid) process.exitCode = 1;
}

/** What the model has seen whose score this is. @throws {InputError} when that is something, and nobody allows it */
async function noteOf(
  file: string,
  scored: ChallengeScore | null,
  { allowSeen: allow }: ScoreFlags,
): Promise<Pick<SubmissionNote, "seen" | "unchecked">> {
  if (scored === null) return { seen: [], unchecked: [] };
  const { readSubmissionNote } = await import("../challenge/submission-note.js");
  const { checkNew } = await import("../features/seen-parts.js");
  const note = await readSubmissionNote(file);
  checkNew(note.seen, { allow, by: "--allow-seen", file, instead: "a model that has not seen these products" });
  return note;
}

interface About {
  readonly title: string;
  readonly synthetic: boolean;
  readonly queries: number;
  readonly gallery: number;
}

function validText(file: string, about: About, scored: ChallengeScore | null): string {
  const { title, synthetic, queries, gallery } = about;
  const lines = [`${file} is a valid submission for ${title}: ${queries} queries, ${gallery} gallery images`];
  if (scored === null) lines.push("The labels are not known, so there is no score.");
  else {
    const { queriesWithoutRelevant, unlabelled } = scored;
    if (queriesWithoutRelevant > 0)
      lines.push(`${queriesWithoutRelevant} queries without relevant images are left out`);
    if (unlabelled.queries > 0) lines.push(`${unlabelled.queries} queries of unknown product are left out`);
    if (unlabelled.gallery > 0) lines.push(`${unlabelled.gallery} gallery images of unknown product count as wrong`);
    lines.push(`top-1   ${shownNumber(scored.top1, 4)}`, `mAP@10  ${shownNumber(scored.mAP10, 4)}`);
    lines.push(`score   ${shownNumber(scored.score, 4)}`);
  }
  if (synthetic) lines.push("These are SYNTHETIC images: a score on them says nothing of the challenge.");
  return lines.join("\n");
}

/** @throws {UsageError} for options that do not go together, before anything is read */
function checkFlags({ dataset: name, data, queryNames, galleryNames, queryLabels, galleryLabels }: ScoreFlags): void {
  const plain = queryNames !== undefined || galleryNames !== undefined;
  if (
    plain === (name !== undefined || data !== undefined) ||
    (plain && (queryNames === undefined || galleryNames === undefined))
  ) {
    throw new UsageError("say what the submission is for", {
      expected: "either --data or --dataset, or --query-names and --gallery-names",
    });
  }
  if (!plain && (queryLabels !== undefined || galleryLabels !== undefined)) {
    throw new UsageError("--query-labels and --gallery-labels go with --query-names and --gallery-names");
  }
  if ((queryLabels === undefined) !== (galleryLabels === undefined)) {
    throw new UsageError("labels of one side say nothing", { expected: "both --query-labels and --gallery-labels" });
  }
}

async function knownOf(flags: ScoreFlags): Promise<Known> {
  const { queryNames, galleryNames } = flags;
  if (queryNames !== undefined && galleryNames !== undefined) return knownOfFiles(flags, queryNames, galleryNames);
  const { challengeSet } = await import("../challenge/challenge-set.js");
  const known = await readChallengeItems(flags);
  return { ...challengeSet(known.items, flags), unchecked: [], converted: known.data?.converted ?? [] };
}

async function knownOfFiles(flags: ScoreFlags, queryFile: string, galleryFile: string): Promise<Known> {
  const [queries, gallery] = [await readNames(queryFile), await readNames(galleryFile)];
  const matched = await labelsOfNames(flags, { queries, gallery });
  return {
    names: { queries, gallery },
    ...matched,
    title: `the names in ${queryFile} and ${galleryFile}`,
    synthetic: false,
  };
}

/** Labels of both sides in one numbering; unknown where there are no label files. */
async function labelsOfNames(
  { queryLabels, galleryLabels, queryNames, galleryNames }: ScoreFlags,
  { queries, gallery }: ChallengeSet["names"],
): Promise<Pick<Known, "labels" | keyof InputNotes>> {
  const { matchClasses } = await import("../core/named-labels.js");
  if (queryLabels === undefined || galleryLabels === undefined) {
    const unknown = (names: readonly string[]): Int32Array => new Int32Array(names.length).fill(-1);
    return { labels: { queries: unknown(queries), gallery: unknown(gallery) }, unchecked: [], converted: [] };
  }
  const ofQueries = await labelsOf(queryLabels, queries, queryNames!);
  const ofGallery = await labelsOf(galleryLabels, gallery, galleryNames!);
  const matched = matchClasses(ofQueries, ofGallery);
  const { singleLabels } = await import("../core/labels.js");
  const labels = {
    queries: singleLabels(matched.queries, "a challenge"),
    gallery: singleLabels(matched.database, "a challenge"),
  };
  const converted = [...new Set([...ofQueries.converted, ...ofGallery.converted])];
  return { labels, unchecked: matched.unchecked, converted };
}

async function readNames(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw new InputError("cannot be read", { file, expected: "a file name a line", actual: cause.message, cause });
  });
  const names = text.replace(/^\ufeff/, "").split(/\r?\n/);
  if (names[names.length - 1] === "") names.pop();
  const empty = names.indexOf("");
  if (names.length > 0 && empty < 0) return names;
  throw new InputError(names.length === 0 ? "there are no names" : `line ${empty + 1} is empty`, {
    file,
    expected: "a file name a line",
  });
}

async function labelsOf(file: string, names: readonly string[], namesFile: string): Promise<LabelsOfFile> {
  const { readNamedLabels } = await import("../features/named-labels-file.js");
  const named = await readNamedLabels(file);
  const { labels } = named;
  if (labels instanceof Int32Array && labels.length === names.length) return named;
  throw new InputError("names and labels do not go together", {
    file,
    expected: `integers of shape (${names.length},), one for each name of ${namesFile}`,
    actual: labels instanceof Int32Array ? `${labels.length}` : "multi-hot labels",
  });
}

import { Command } from "commander";
import type { ChoiceRule } from "../challenge/choice-rule.js";
import { CHOICE_RULES } from "../challenge/choice-rule.js";
import { UsageError } from "../core/errors.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import type { Choice } from "../experiments/choice.js";
import type { SubmittedChoice } from "../experiments/submit-choice.js";
import { stopOnSignal } from "./abort-on-signal.js";
import { mergeOption } from "./digix-options.js";
import { numberAbove, oneOf, wholeNumber } from "./numbers.js";

interface ChooseFlags {
  root?: string;
  part: "a" | "b";
  candidates?: string;
  features?: string;
  mergeProducts?: string;
  backbone?: string;
  folds?: number;
  repeats: number;
  seed: number;
  rule: ChoiceRule;
  confidence: number;
  out?: string;
  workers?: number;
  json: boolean;
}

const PARTS = ["a", "b"] as const;

const EXAMPLES = `
Examples:
  $ hashbook challenge choose --out submission.csv
  $ hashbook challenge choose --root data/digix --candidates candidates.json --features features.json \\
      --repeats 2 --out submission.csv
  $ hashbook challenge choose --rule cheapest --json > choice.json     compares, writes no submission

Each candidate is learned on the products outside of a fold and searches among those inside. Folds imitate the test part: a
fold holds about as many products as it, where its labels are known (else 5 folds), and searches as it, where roles.txt says
which pictures are queries. Candidates are a file { "candidates": [ … ] }, each with
  "name"       for people
  "features"   a name in the features file; default: the first
  "whiten"     directions of a whitening, by PCA, or with "whitenBy": "products" of what varies within products
  "training"   settings as for \`train --config\`: {"method": "dch", "bits": 64, …}; none: features are ranked
  "codes"      "sign", or "itq" fitted to what the head gives of the products trained on, of "codeBits" bits (default: as many)
  "ranking"    {"ranking": "features" | "hamming" | "asymmetric" | "euclidean" | "cosine", "shortlist": 200,
               "augmentation": {"neighbours": 5}, "expansion": {"neighbours": 3, "alpha": 3}, "reciprocal": {"k1": 20}}
Features are a file { "features": { "lite0": {"backbone": "efficientnet-lite0"}, "large": {"backbone": "resnet50", "size": 448} } };
beside backbone and size there are "pool": "average", "learned" or "gem:3", "scales": [0.71, 1, 1.41], "views": "flip" or
"ten-crop", and "precision": "int8".
All differences are paired by query and drawn by product; intervals are corrected for how many candidates were looked at:
"beats" is said of nothing else. --rule best takes the highest mean; cheapest takes the fewest bytes among those that cannot be
told from it. The one taken is learned on all products; beside the submission are how it was made (.json) and why
(.choice.json), with the score that the folds predict.
Finished folds are kept in runs/challenge/folds: the same command after a kill goes on where it was.`;

/** `hashbook challenge choose`: compares candidates over folds, takes one, answers the test part. */
export function chooseCommand(): Command {
  return new Command("choose")
    .description("compare candidates over folds of products, choose one by a rule, write the submission")
    .option("--root <folder>", "of train_data and the test parts; default: data/digix, else the synthetic sample")
    .option("--part <a|b>", "which test part is answered", oneOf(PARTS), "a")
    .option("--candidates <file>", "JSON; default: cosine, whitened, HashNet, DCH, ArcFace, re-ranked")
    .option("--features <file>", "JSON, sets of features by name; default: one of --backbone")
    .option("--backbone <name>", "of the features; default efficientnet-lite0")
    .addOption(mergeOption())
    .option("--folds <n>", "2 or more; default: as many products in a fold as in the test part, else 5", wholeNumber(2))
    .option("--repeats <n>", "deals of products to folds", wholeNumber(1), 1)
    .option("--seed <n>", "of the deals", wholeNumber(0), 0)
    .option("--rule <name>", CHOICE_RULES.join(", "), oneOf(CHOICE_RULES), "best")
    .option("--confidence <x>", "of all intervals, above 0, below 1", numberAbove(0, 0.9999), 0.95)
    .option("--out <file>", "the submission, .csv; default: none is written")
    .option("--workers <n>", "trainings at a time; default: the cores", wholeNumber(1, 1024))
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(choose);
}

async function choose(flags: ChooseFlags): Promise<void> {
  if (flags.features !== undefined && flags.backbone !== undefined) {
    throw new UsageError("--features names the networks", { expected: "--backbone without --features" });
  }
  await checkOutputs(flags);
  const left = "finished folds are kept: the same command goes on";
  const done = await stopOnSignal(signal => chooseAndSubmit(flags, signal), left);
  if (done === undefined) return;
  const { choice, submitted, synthetic } = done;
  if (flags.json) {
    const { recordedCandidates } = await import("../experiments/choice-record.js");
    const { rule, candidate, predicted, folds, why } = choice;
    const candidates = recordedCandidates(choice);
    const document = {
      synthetic,
      rule,
      chosen: candidate.name,
      candidates,
      predicted,
      folds,
      why,
      submission: submitted,
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const drawn = synthetic ? "These are SYNTHETIC images: a score on them says nothing of the challenge.\n" : "";
  process.stdout.write(`${await textOf(choice, submitted)}${drawn}`);
}

async function chooseAndSubmit(
  { root, part, backbone, mergeProducts, folds, out, workers, ...flags }: ChooseFlags,
  signal: AbortSignal,
): Promise<{ choice: Choice; submitted: SubmittedChoice | null; synthetic: boolean }> {
  const { terminalProgress } = await import("../notebook/progress.js");
  const { openChallenge } = await import("../experiments/challenge-study.js");
  const { readCandidates } = await import("../experiments/candidates-file.js");
  const { readFeatureSettings } = await import("../experiments/features-list-file.js");
  const { chooseCandidate } = await import("../experiments/choose-candidate.js");
  const { submitChoice } = await import("../experiments/submit-choice.js");
  const { checkCandidates } = await import("../experiments/check-candidates.js");
  const { USUAL_FEATURES } = await import("../experiments/challenge-features.js");
  const onProgress = terminalProgress();
  const candidates = flags.candidates === undefined ? undefined : await readCandidates(flags.candidates);
  const features = flags.features === undefined ? undefined : await readFeatureSettings(flags.features);
  // hours of extraction come first
  if (candidates !== undefined) checkCandidates(candidates, Object.keys(features ?? { [USUAL_FEATURES]: {} }));
  const { repeats, seed, rule, confidence } = flags;
  const study = await openChallenge({ root, part, backbone, features, mergeProducts, seed, onProgress });
  const choice = await chooseCandidate(study, candidates, {
    ...{ repeats, seed, rule, confidence, workers, onProgress, signal },
    ...(folds === undefined ? {} : { of: folds }),
  });
  const { synthetic } = study;
  if (out === undefined) return { choice, submitted: null, synthetic };
  return { choice, submitted: await submitChoice(study, choice, { file: out, onProgress, signal }), synthetic };
}

async function textOf(choice: Choice, submitted: SubmittedChoice | null): Promise<string> {
  const { choiceRows } = await import("../experiments/choice-rows.js");
  const { tablePlain } = await import("../notebook/table.js");
  const { submittedSentences } = await import("../experiments/submitted-sentences.js");
  const rows = choiceRows(choice);
  const sentences = [...choice.why, ...(submitted === null ? [] : submittedSentences(submitted))];
  return `${tablePlain(rows)}\n\n${sentences.join("\n").replaceAll("**", "")}\n`;
}

/** @throws {UsageError} when the submission would be written over what is read */
async function checkOutputs({ out, candidates, features, mergeProducts, root }: ChooseFlags): Promise<void> {
  if (out === undefined) return;
  const { noteFile } = await import("../challenge/submission-note.js");
  const { choiceRecordFile } = await import("../experiments/choice-record.js");
  await checkOverwritesNothing(
    { "--out": [out, noteFile(out), choiceRecordFile(out)] },
    { "--candidates": candidates, "--features": features, "--merge-products": mergeProducts },
    {
      folders:
        root === undefined
          ? {}
          : { "--root": ["train_data", "test_data_A", "test_data_B"].map(part => `${root}/${part}`) },
    },
  );
}

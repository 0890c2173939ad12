import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import type { ChoiceRule } from "../challenge/choice-rule.js";
import { CHOICE_RULES } from "../challenge/choice-rule.js";
import type { EngineName } from "../compute/engine.js";
import { UsageError, WriteError } from "../core/errors.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { runsPath } from "../core/paths.js";
import type { TestPartName } from "../experiments/challenge-parts.js";
import type { ChallengeRunOptions, Duplicates } from "../experiments/challenge-run.js";
import type { RunPlan } from "../experiments/run-plan.js";
import { addDigixOptions } from "./digix-options.js";
import { oneOf, wholeNumber } from "./numbers.js";

interface RunFlags {
  root: string;
  out?: string;
  parts?: readonly TestPartName[];
  partFolder?: string;
  mergeProducts?: string;
  duplicates: boolean;
  features?: string;
  candidates?: string;
  rule?: ChoiceRule;
  folds?: number;
  repeats?: number;
  seed?: number;
  engine?: EngineName;
  threads?: number;
  dryRun: boolean;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook challenge run --root data/digix --dry-run      what is there, hours, disk and memory on this machine
  $ hashbook challenge run --root data/digix
  $ hashbook challenge run --root data/digix --features features.json --candidates candidates.json --parts a,b
  $ hashbook challenge run --root sample/                   a sample of \`dataset digix-sample\`, whose parts can be scored

From the folder of DIGIX, or its .zip, .tar and .tar.gz beside each other, to submission-a.csv, -b, -final for the test parts
that are there: unpacks, checks counts, finds products under several ids (merged-products.txt: edit it and run again),
extracts features, chooses a candidate over folds of products, trains it on all of them, ranks, writes, validates. run.json
says what was done, submission-a.csv.choice.json why. It asks nothing. Stopped at any time, the same command goes on: features,
folds, list and submissions that are there are found. Times are measured on a few images before it starts.

Files of features and candidates are those of \`challenge choose\`, whose --help shows them.`;

/** `hashbook challenge run`: from the folder of DIGIX to submissions. */
export function challengeRunCommand(): Command {
  return addDigixOptions(new Command("run"))
    .description("do all of the challenge: from its folder or archives to a validated submission for each test part")
    .requiredOption("--root <folder>", "the folder of DIGIX: train_data, test_data_A, …, or their archives")
    .option("--out <folder>", "where submissions and records go; default: runs/challenge/<name of the root>")
    .option("--parts <a,b,final>", "which test parts; default: all that are there", partsOption)
    .option("--no-duplicates", "do not look for products under several ids (it reads all images once more)")
    .option("--features <file>", "JSON of feature settings by name; default: efficientnet-lite0")
    .option("--candidates <file>", "JSON list of candidates; default: those of `challenge choose`")
    .option("--rule <name>", `how one is taken: ${CHOICE_RULES.join(", ")}`, oneOf(CHOICE_RULES))
    .option("--folds <n>", "folds of products; default: as many as make one like the test part", wholeNumber(2))
    .option("--repeats <n>", "deals of products to folds; default 1", wholeNumber(1, 1000))
    .option("--seed <n>", "of the deals; default 0", wholeNumber(0))
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--threads <n>", "threads of the network; default: all cores", wholeNumber(1, 256))
    .option("--dry-run", "print the plan alone: archives, counts, hours, disk, memory", false)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(runAll);
}

function partsOption(text: string): TestPartName[] {
  return text.split(",").map(oneOf<TestPartName>(["a", "b", "final"]));
}

async function runAll(flags: RunFlags): Promise<void> {
  const { stopOnSignal } = await import("./abort-on-signal.js");
  const left = "what is finished is kept: the same command goes on";
  await stopOnSignal(signal => runUntil(flags, signal), left);
}

async function runUntil(flags: RunFlags, signal: AbortSignal): Promise<void> {
  const out = flags.out ?? runsPath("challenge", basename(resolve(flags.root)));
  const { features, candidates } = await readSettings(flags);
  const duplicates = duplicatesOf(flags);
  await checkOutputs(flags, out);
  const { readChallengeRun } = await import("../experiments/challenge-run-file.js");
  await readChallengeRun(out); // a damaged one is said before hours of work
  const { planRun, planLines } = await import("../experiments/run-plan.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { openEngine } = await import("../compute/engine.js");
  const { engine: name, threads, dryRun, root, parts, partFolder, rule, folds: of, repeats, seed } = flags;
  const engine = await openEngine({ engine: name, threads });
  const onProgress = terminalProgress();
  const say = (sentence: string): void => void process.stderr.write(`${sentence.replaceAll("**", "")}\n`);
  const given = Object.entries({ of, repeats, seed, rule }).filter(([, value]) => value !== undefined);
  const choose: ChallengeRunOptions["choose"] = Object.fromEntries(given);
  const run: ChallengeRunOptions = {
    out,
    features,
    candidates,
    duplicates,
    choose,
    engine,
    onProgress,
    onStep: say,
    signal,
  };
  const plan = await planRun(root, { parts, partFolder, unpacks: !dryRun, ...run });
  if (dryRun) {
    process.stdout.write(`${flags.json ? JSON.stringify(documentOf(plan)) : planLines(plan).join("\n")}\n`);
    return;
  }
  for (const line of planLines(plan)) say(line);
  checkRoom(plan, out);
  const { runChallenge } = await import("../experiments/challenge-run.js");
  const record = await runChallenge(plan.parts!, run);
  const lines = record.submissions.map(({ part, file, queries, score }) => {
    const scored = score === undefined ? "" : `, score ${score.toFixed(3)}`;
    return `part ${part}: ${queries} lines in ${file}, valid${scored}`;
  });
  const drawn = record.synthetic ? ["These are SYNTHETIC images: a score on them says nothing of the challenge."] : [];
  const text = [`chosen: ${record.chosen.name}`, ...record.why, ...lines, ...drawn];
  process.stdout.write(`${flags.json ? JSON.stringify(record) : text.join("\n").replaceAll("**", "")}\n`);
}

async function readSettings(flags: RunFlags): Promise<Pick<ChallengeRunOptions, "features" | "candidates">> {
  const { readCandidates } = await import("../experiments/candidates-file.js");
  const { readFeatureSettings } = await import("../experiments/features-list-file.js");
  const { checkCandidates } = await import("../experiments/check-candidates.js");
  const features =
    flags.features === undefined ? { "efficientnet-lite0": {} } : await readFeatureSettings(flags.features);
  if (flags.candidates === undefined) return { features };
  const candidates = await readCandidates(flags.candidates);
  checkCandidates(candidates, Object.keys(features)); // hours of extraction come first
  return { features, candidates };
}

function duplicatesOf({ mergeProducts: file, duplicates }: RunFlags): Duplicates {
  if (file !== undefined) {
    if (!duplicates) throw new UsageError("--merge-products and --no-duplicates contradict each other");
    return { kind: "list", file };
  }
  return duplicates ? { kind: "find" } : { kind: "keep" };
}

async function checkOutputs({ root, features, candidates, mergeProducts }: RunFlags, out: string): Promise<void> {
  const files = ["run.json", "merged-products.txt", "submission-a.csv", "submission-b.csv", "submission-final.csv"];
  await checkOverwritesNothing(
    { "--out": files.map(name => join(out, name)) },
    { "--features": features, "--candidates": candidates, "--merge-products": mergeProducts },
    { folders: { "--root": root } },
  );
}

function documentOf({ parts, archives, estimate, room, shortage, notes }: RunPlan): object {
  const images = parts?.tests.map(({ part, dataset }) => ({ part, images: dataset.ids.length })) ?? [];
  return { labelled: parts?.labelled.ids.length ?? null, tests: images, archives, notes, estimate, room, shortage };
}

/** @throws {WriteError} when the disk will not hold it all: better now than in hours */
function checkRoom({ shortage }: RunPlan, out: string): void {
  if (shortage.disk === undefined) return;
  throw new WriteError(shortage.disk, { file: out, expected: "a disk with more room (HASHBOOK_HOME, --out)" });
}

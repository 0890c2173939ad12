import { Command } from "commander";
import type { Engine } from "../compute/program.js";
import { UsageError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { optionLines } from "../core/options.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import type { Head } from "../hashing/head-file.js";
import { METHOD_NAMES, METHODS, methodOf } from "../methods/known-methods.js";
import { isMethodFile, loadMethod } from "../methods/load-method.js";
import type { Method } from "../methods/method.js";
import { PAPER, presetConfig, presetLines, presetOf } from "../training/presets.js";
import type { TrainConfig } from "../training/train-config.js";
import { optionsGroup, plainConfig, TRAINING_OPTIONS } from "../training/train-config.js";
import type { TrainedHead } from "../training/train-head.js";
import type { TrainingData } from "../training/training-data.js";
import { stopOnSignal } from "./abort-on-signal.js";
import { mergeOption } from "./digix-options.js";
import { foldOption } from "./fold-option.js";
import { inputLines } from "./input-notes.js";
import { numberAbove, oneOf, wholeNumber } from "./numbers.js";
import { asFlags, methodFlag, optionFlag, settingFlag } from "./option-flag.js";
import type { TrainFlags } from "./train-flags.js";
import { TRAINING_FLAGS } from "./train-flags.js";
import type { TrainingSummary } from "./train-report.js";
import { trainingDocument, trainingLines, trainingSummary } from "./train-report.js";
import { modelSeen, rowsNote, rowsToTrainOn } from "./train-rows.js";
import { hashOfEarlier, keptText, standingOf } from "./trained-folder.js";
import type { TrainingItems } from "./training-data.js";

/** Seeds of one call: more is a wrong number. */
const MAX_SEEDS = 1000;

const ownOptions = METHODS.flatMap(({ name, options }) => {
  const lines = optionLines(options, "    ");
  return lines.length === 0 ? [] : [`  ${name}`, ...lines];
});

const EXAMPLES = `
Examples:
  $ hashbook train --data work/ --method hashnet --bits 48 --out model/
  $ hashbook train --data work/ --method dch --bits 48 --out model/ --set gamma=10 --set optimizer.kind=adamw
  $ hashbook train --data work/ --method dch --bits 64 --out model/ --validation 0.1 --keep best
  $ hashbook train --data work/ --method dch --bits 64 --out models/ --seeds 3 --validation 0.05
  $ hashbook train --data work/ --method hashnet --bits 48 --out model/ --preset deephash-pytorch
  $ hashbook train --data work/ --method hashnet --bits 64 --out model/ --fold 1/5
  $ hashbook train --data work/ --method arcface-triplet --bits 512 --itq 64 --out model/ --set batches.kind=balanced
  $ hashbook train --data work/ --method ./mine.js --bits 48 --out model/
  $ hashbook train --features f.npy --labels l.npy --method hashnet --bits 48 --out model/

A method of your own is a file: export default ({ tf, defineMethod }) => defineMethod({ name: "mine", loss: … }).
A config file holds any of the settings below as JSON, a method's own under its name, for example {"hidden": [512],
"dropout": 0.2, "dch": {"gamma": 10}, "optimizer": {"kind": "adamw", "weightDecay": 0.01}}; options given on the command
line come before it, and it comes before the preset. Rows trained on are those of the role train, or all where the data
has no roles, but for those of the fold and those held out by --validation. Writes head.safetensors, head.json, MODEL.md
(a card: data, settings, limits, lines that use the model), history.json (loss, beta and quantisation error of every
step) and checkpoints/; with --seeds each into seed-<n>/.
A training that was killed goes on with --resume and ends in the same bits; without --resume it is written over only
with --restart.

Settings of every training, for --set (hidden=[512] is a list) and --config:
${optionLines(TRAINING_OPTIONS).join("\n")}

Options of methods:
${ownOptions.join("\n")}

Presets, by method, with their sources:
${presetLines().join("\n")}`;

/** `hashbook train`: a head on features. */
export function trainCommand(): Command {
  return new Command("train")
    .description("train a hashing head on features, or fit a method that has no loss")
    .option("--data <folder>", "data folder of `extract`")
    .addOption(mergeOption())
    .option("--features <file>", "numbers (n, dim), .npy, from elsewhere, instead of --data")
    .option("--labels <file>", "whole numbers (n,), or multi-hot (n, classes), .npy, with --features")
    .requiredOption("--method <name>", `${METHOD_NAMES.join(", ")}, or a file that defines one`, methodFlag)
    .requiredOption("--bits <K>", "bits of the codes", optionFlag(TRAINING_OPTIONS.bits))
    .requiredOption("--out <folder>", "where to write the model")
    .option("--preset <name>", "settings of a paper or a published code, see below", PAPER)
    .option("--config <file>", "JSON with settings")
    .option("--set <name=value>", "any setting, see below; may be repeated", settingFlag, {})
    .option("--epochs <n>", "passes over the data; default 30", optionFlag(TRAINING_OPTIONS.epochs))
    .option("--batch <n>", "items a step; default 128", optionFlag(TRAINING_OPTIONS.batch))
    .option("--learning-rate <x>", "of the hidden layers; default 0.001", optionFlag(TRAINING_OPTIONS.learningRate))
    .option("--seed <n>", "of weights and batches; default 0", optionFlag(TRAINING_OPTIONS.seed))
    .option(
      "--seeds <n>",
      "train with n seeds in a row; gives mean and standard deviation",
      wholeNumber(1, MAX_SEEDS),
      1,
    )
    .option(
      "--itq <K>",
      "hash codes of K bits by ITQ on what the head gives of its train rows (of an embedding, for example), folded into its last layer",
      optionFlag(TRAINING_OPTIONS.bits),
    )
    .option("--validation <x>", "part of the rows to hold out and validate with", numberAbove(0, 0.9))
    .option(
      "--validate-every <n>",
      "epochs from one validation to the next; default: 1 where it decides (--patience, --keep best), else as takes a tenth of the time",
      wholeNumber(1, 1e6),
    )
    .option(
      "--validation-by <what>",
      "hold out items or whole classes; default items, and classes where the data's queries are of classes never trained on",
      oneOf(["items", "classes"]),
    )
    .option(
      "--fold <i/n>",
      "leave the products of fold i of n out, for submit and score with the same fold",
      foldOption,
    )
    .option("--fold-seed <n>", "of the deal of products to folds; default 0", wholeNumber(0))
    .option(
      "--patience <n>",
      "stop after n epochs without a better validation mAP",
      optionFlag(TRAINING_OPTIONS.patience),
    )
    .option("--keep <epoch>", "last or best (by validation mAP); default last", optionFlag(TRAINING_OPTIONS.keep))
    .option(
      "--unlabelled <how>",
      "train rows of unknown class (a label below 0, a row of zeros): drop, or keep as similar to none; default drop",
      optionFlag(TRAINING_OPTIONS.unlabelled),
    )
    .option("--resume", "go on from the checkpoints in the folder, if there are any", false)
    .option("--restart", "start anew where an unfinished training lies in the folder", false)
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--threads <N>", "threads of the compiled engine; default: all cores", wholeNumber(1, 256))
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(train);
}

async function train(flags: TrainFlags): Promise<void> {
  const method = isMethodFile(flags.method) ? await loadMethod(flags.method) : methodOf(flags.method);
  const { inModelFolder } = await import("./model-folder.js");
  if (method.kind === "fitted") {
    const { fitFlags } = await import("./train-fit.js");
    await checkOutputs(flags, [flags.out]);
    return inModelFolder(flags, [], () => fitFlags(flags, method));
  }
  const config = await configOf(flags, method);
  if (flags.itq !== undefined && flags.itq > config.bits) {
    throw new UsageError("--itq makes no more bits than the head gives values", {
      expected: `at most ${config.bits}, as --bits`,
      actual: `${flags.itq}`,
    });
  }
  await checkValidation(flags, config);
  const seeds = Array.from({ length: flags.seeds }, (_, i) => config.seed + i);
  const outs = seeds.map(seed => (flags.seeds === 1 ? flags.out : `${flags.out}/seed-${seed}`));
  await checkOutputs(flags, outs);
  await inModelFolder(flags, outs, () => trainSeeds(flags, config, seeds, outs));
}

async function checkValidation({ validateEvery, validation }: TrainFlags, config: TrainConfig): Promise<void> {
  const { checkValidateEvery } = await import("../training/validated-epochs.js");
  await asFlags(() => checkValidateEvery(config, validateEvery));
  if (validateEvery === undefined || validation !== undefined) return;
  throw new UsageError("--validate-every needs rows to validate with", { expected: "--validation 0.05, say" });
}

/** Trains with one seed after the other, each into its folder. */
async function trainSeeds(
  flags: TrainFlags,
  config: TrainConfig,
  seeds: readonly number[],
  outs: readonly string[],
): Promise<void> {
  const { openEngine } = await import("../compute/engine.js");
  const engine = await openEngine({ engine: flags.engine, threads: flags.threads });
  const { readTrainingItems } = await import("./training-data.js");
  const items = await readTrainingItems(flags, config.unlabelled);
  const rows = await chosenRows(flags, items, config.seed);
  const data = await dataOf(items, rows);
  const runs: TrainingSummary[] = [];
  const trainAll = async (signal: AbortSignal): Promise<true> => {
    for (const [i, seed] of seeds.entries()) {
      runs.push(await trainOne(flags, { ...config, seed }, { out: outs[i], engine, signal, items, rows, data }));
    }
    return true;
  };
  const whatIsKept = (): Promise<string> => keptText(outs[runs.length] ?? flags.out);
  if ((await stopOnSignal(trainAll, whatIsKept)) === undefined) return;
  report(flags, { engine: engine.name, config, items }, runs);
}

/** What one training is done with. */
interface OneTraining {
  readonly out: string;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly items: TrainingItems;
  readonly rows: ChosenRows;
  readonly data: TrainingData;
}

/** Trains with one seed and writes the model. */
async function trainOne(flags: TrainFlags, config: TrainConfig, one: OneTraining): Promise<TrainingSummary> {
  const { out, engine, signal, items, rows, data } = one;
  const { trainHead } = await import("../training/train-head.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { resume, validateEvery } = flags;
  const earlier = await hashOfEarlier(out);
  let epochsNow = 0;
  const onEpoch = (): void => {
    epochsNow++;
  };
  const watch = { checkpoints: `${out}/checkpoints`, resume, validateEvery, onProgress: terminalProgress(), onEpoch };
  const trained = await trainHead(data, config, { engine, signal, ...watch });
  const head = await codedHead(flags, trained.head, { data, seed: config.seed, engine });
  await writeModel(out, { ...trained, head }, { items, rows }, flags);
  return { ...trainingSummary(out, trained), epochsNow, earlier: await standingOf(out, earlier) };
}

/** The head as trained, or with ITQ in its last layer, fitted to the rows trained on. */
async function codedHead(
  { itq: bits }: TrainFlags,
  head: Head,
  { data, seed, engine }: { readonly data: TrainingData; readonly seed: number; readonly engine: Engine },
): Promise<Head> {
  if (bits === undefined) return head;
  const { takeRows } = await import("../core/arrays.js");
  const { itqHead } = await import("../training/itq-head.js");
  return itqHead(head, takeRows(data.features, data.train), { bits, seed, engine });
}

/** @throws {UsageError} when the model would be written over what it is made from */
async function checkOutputs(flags: TrainFlags, folders: readonly string[]): Promise<void> {
  const { filesOfModel, filesOfTraining } = await import("./read-files.js");
  const outputs = folders.flatMap(folder => [...filesOfModel(folder), `${folder}/history.json`, `${folder}/MODEL.md`]);
  const method = isMethodFile(flags.method) ? flags.method : undefined;
  const inputs = { ...filesOfTraining(flags), "--config": flags.config, "--method": method };
  await checkOverwritesNothing({ "--out": outputs }, inputs);
}

/** Rows of the items, ascending. */
type ChosenRows = Pick<TrainingData, "train" | "validation">;

/** Rows to train on, and rows to validate with. */
async function chosenRows(flags: TrainFlags, items: TrainingItems, seed: number): Promise<ChosenRows> {
  const { labels, failed } = items;
  if (failed.length > 0) process.stderr.write(`${failed.length} rows left out: their images could not be read\n`);
  const rows = await rowsToTrainOn(flags, items);
  if (flags.validation === undefined) return { train: rows };
  const { holdOut } = await import("../training/hold-out.js");
  const { takeLabels } = await import("../core/take-labels.js");
  const held = holdOut(takeLabels(labels, rows), { fraction: flags.validation, by: heldBy(flags, items), seed });
  const [train, query, database] = [held.train, held.query, held.database].map(list => list.map(at => rows[at]));
  return { train, validation: { query, database } };
}

/** Features and labels of the chosen rows alone; the rows of the data are places among these. */
async function dataOf({ features, labels }: TrainingItems, chosen: ChosenRows): Promise<TrainingData> {
  const { collectFeatures } = await import("../features/feature-rows.js");
  const { takeLabels } = await import("../core/take-labels.js");
  const { query = [], database = [] } = chosen.validation ?? {};
  const place = new Int32Array(features.shape[0]).fill(-1); // of each row among those used
  for (const rows of [chosen.train, query, database]) for (const row of rows) place[row] = 0;
  const used = Int32Array.from(place.keys()).filter(row => place[row] === 0);
  for (const [at, row] of used.entries()) place[row] = at;
  const placesOf = (rows: ArrayLike<number>): Int32Array => Int32Array.from(rows, row => place[row]);
  return {
    features: await collectFeatures(features, { of: used }),
    labels: takeLabels(labels, used),
    train: placesOf(chosen.train),
    ...(chosen.validation === undefined
      ? {}
      : { validation: { query: placesOf(query), database: placesOf(database) } }),
  };
}

/** What validates is as new as what is searched with in the end. */
function heldBy({ validationBy }: TrainFlags, { newClasses }: TrainingItems): "items" | "classes" {
  return validationBy ?? (newClasses ? "classes" : "items");
}

async function writeModel(
  out: string,
  trained: TrainedHead,
  { items, rows }: { items: TrainingItems; rows: ChosenRows },
  flags: TrainFlags,
): Promise<void> {
  const { headDescription, saveHead } = await import("../hashing/head-file.js");
  const { CARD_FILE, modelCard } = await import("../records/model-card.js");
  const { head, config, engine, seconds, best, stoppedEarly, epochs, steps } = trained;
  const { validation } = flags;
  const held = validation === undefined ? null : { fraction: validation, by: heldBy(flags, items) };
  const madeBy = {
    ...{ config: plainConfig(config), engine, seconds, validation: held, best: best ?? null, stoppedEarly },
    ...(flags.itq === undefined ? {} : { itq: { values: config.bits } }),
    ...modelSeen(flags, items, config.method, { trained: rows.train, ...validatedRows(rows, config) }),
  };
  await saveHead(out, head, madeBy, {
    "history.json": `${JSON.stringify({ format: 1, epochs, steps }, null, 1)}\n`,
    [CARD_FILE]: modelCard(headDescription(head, madeBy), { method: config.method }),
  });
  const { markFinished } = await import("../training/checkpoint.js");
  await markFinished(`${out}/checkpoints`);
}

/** Rows by which the epoch was chosen, or when to stop or to slow down; rows only watched choose nothing. */
function validatedRows({ train, validation }: ChosenRows, config: TrainConfig): { validated?: Int32Array } {
  const { keep, patience, schedule } = config;
  const chooses = keep === "best" || patience > 0 || schedule.kind === "plateau";
  if (validation === undefined || !chooses) return {};
  const trained = new Set(train);
  const rows = new Set([...validation.query, ...validation.database]);
  return { validated: Int32Array.from(rows).filter(row => !trained.has(row)) };
}

function report(
  flags: TrainFlags,
  { engine, config, items }: { engine: string; config: TrainConfig; items: TrainingItems },
  runs: readonly TrainingSummary[],
): void {
  const { unchecked, converted } = items;
  const { document: noted, lines: noteLines } = rowsNote(items, config.unlabelled);
  const trained = { engine, ...trainingDocument(flags.out, runs), config: plainConfig(config) };
  const document = { ...trained, ...noted, unchecked, converted };
  const lines = [trainingLines(`${config.method.name} ${config.bits} bits`, runs), ...noteLines, ...inputLines(items)];
  process.stdout.write(`${flags.json ? JSON.stringify(document) : lines.join("\n")}\n`);
}

/** The preset, then the file, then the command line. */
async function configOf(flags: TrainFlags, method: Method): Promise<TrainConfig> {
  await asFlags(() => presetOf(flags.preset, method));
  const preset = presetConfig(flags.preset, method, flags.bits);
  const { mergedConfig, readTrainConfig } = await import("../training/config-file.js");
  const base = flags.config === undefined ? preset : await readTrainConfig(flags.config, preset);
  // `--set gamma=10` is one of the method's own unless every training has an option of that name.
  const isOwn = ([name]: [string, unknown]): boolean =>
    !Object.hasOwn(TRAINING_OPTIONS, name) && name !== method.name && name !== "options";
  const set = Object.entries(flags.set);
  const own = Object.fromEntries(set.filter(isOwn));
  const known = [...Object.keys(TRAINING_OPTIONS), ...Object.keys(method.options)];
  const wrong = Object.keys(own).find(name => !known.includes(name));
  if (wrong !== undefined) {
    const message = `there is no option "${method.name}.${wrong}", and no setting of every training of that name`;
    throw new UsageError(message, { expected: knownNames(wrong, known) });
  }
  const { options, ...shared } = Object.fromEntries(set.filter(entry => !isOwn(entry)));
  const named = Object.fromEntries(
    TRAINING_FLAGS.map(name => [name, flags[name]]).filter(([, value]) => value !== undefined),
  );
  return asFlags(() => {
    const line = { ...shared, ...named, options: { ...optionsGroup("options", options, {}), ...own } };
    return mergedConfig(base, line);
  });
}

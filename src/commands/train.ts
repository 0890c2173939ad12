import { dirname } from "node:path";
import { Command } from "commander";
import { MAX_BITS } from "../codes/packed-codes.js";
import type { EngineName } from "../compute/engine.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { UNKNOWN } from "../datasets/dataset.js";
import type { Preset } from "../training/presets.js";
import { PRESET_NAMES, presetConfig, presetSource } from "../training/presets.js";
import type { Method, TrainConfig } from "../training/train-config.js";
import { METHODS } from "../training/train-config.js";
import type { TrainedHead } from "../training/train-head.js";
import type { TrainingData } from "../training/training-data.js";
import type { FoldFlag } from "./fold-option.js";
import { foldOption } from "./fold-option.js";
import { numberAbove, oneOf, wholeNumber } from "./numbers.js";

interface TrainFlags {
  features: string;
  labels: string;
  method: Method;
  bits: number;
  out: string;
  preset: Preset;
  config?: string;
  epochs?: number;
  batch?: number;
  learningRate?: number;
  seed?: number;
  patience?: number;
  keep?: TrainConfig["keep"];
  seeds: number;
  validation?: number;
  validationBy: "items" | "classes";
  fold?: FoldFlag;
  foldSeed?: number;
  resume: boolean;
  engine?: EngineName;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook train --features f.npy --labels l.npy --method hashnet --bits 48 --out model/
  $ hashbook train --features f.npy --labels l.npy --method dch --bits 64 --out model/ --validation 0.1 --keep best
  $ hashbook train --features f.npy --labels l.npy --method dch --bits 64 --out models/ --seeds 3 --validation 0.05
  $ hashbook train --features f.npy --labels l.npy --method hashnet --bits 48 --out model/ --preset deephash-pytorch
  $ hashbook train --features f.npy --labels l.npy --method hashnet --bits 64 --out model/ --fold 1/5

A config file holds any of the settings as JSON, for example {"hidden": [512], "dropout": 0.2, "dch": {"gamma": 10},
"optimizer": {"kind": "adamw", "weightDecay": 0.01}}; options given on the command line come before it, and it comes
before the preset. All rows are trained on but those of the fold and those held out by --validation. Writes head.safetensors, head.json,
history.json (loss, beta and quantisation error of every step) and checkpoints/; with --seeds each into seed-<n>/.
A training that was killed goes on with --resume and ends in the same bits.

Presets:
${PRESET_NAMES.map(name => `  ${name.padEnd(18)}${presetSource(name)}`).join("\n")}`;

/** `hashbook train`: a head on features. */
export function trainCommand(): Command {
  return new Command("train")
    .description("train a hashing head on features")
    .requiredOption("--features <file>", "float32 (n, dim), .npy")
    .requiredOption("--labels <file>", "integers (n,), or multi-hot (n, classes), .npy")
    .requiredOption("--method <name>", METHODS.join(" or "), oneOf(METHODS))
    .requiredOption("--bits <K>", `bits of the codes, 1..${MAX_BITS}`, wholeNumber(1, MAX_BITS))
    .requiredOption("--out <folder>", "where to write the model")
    .option("--preset <name>", "settings of a paper or a published code, see below", oneOf(PRESET_NAMES), "paper")
    .option("--config <file>", "JSON with settings")
    .option("--epochs <n>", "passes over the data; default 30", wholeNumber(1))
    .option("--batch <n>", "items a step; default 128", wholeNumber(2))
    .option("--learning-rate <x>", "of the hidden layers; default 0.001", numberAbove(0))
    .option("--seed <n>", "of weights and batches; default 0", wholeNumber(0))
    .option("--seeds <n>", "train with n seeds in a row; gives mean and standard deviation", wholeNumber(1), 1)
    .option("--validation <x>", "part of the rows to hold out and validate with after each epoch", numberAbove(0, 0.9))
    .option("--validation-by <what>", "hold out items or whole classes", oneOf(["items", "classes"]), "items")
    .option(
      "--fold <i/n>",
      "leave the products of fold i of n out, for submit and score with the same fold",
      foldOption,
    )
    .option("--fold-seed <n>", "of the deal of products to folds; default 0", wholeNumber(0))
    .option("--patience <n>", "stop after n epochs without a better validation mAP", wholeNumber(1))
    .option("--keep <epoch>", "last or best (by validation mAP); default last", oneOf(["last", "best"]))
    .option("--resume", "go on from the checkpoints in the folder, if there are any", false)
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(train);
}

async function train(flags: TrainFlags): Promise<void> {
  const config = await configOf(flags);
  const { openEngine } = await import("../compute/engine.js");
  const engine = await openEngine({ engine: flags.engine });
  const data = await dataOf(flags, config.seed);
  const runs: RunSummary[] = [];
  for (let i = 0; i < flags.seeds; i++) {
    const seed = config.seed + i;
    const out = flags.seeds === 1 ? flags.out : `${flags.out}/seed-${seed}`;
    const { trainHead } = await import("../training/train-head.js");
    const { terminalProgress } = await import("../notebook/progress.js");
    const trained = await trainHead(
      engine,
      data,
      { ...config, seed },
      { checkpoints: `${out}/checkpoints`, resume: flags.resume, onProgress: terminalProgress() },
    );
    await writeModel(out, trained, flags);
    runs.push(summaryOf(out, trained));
  }
  await report(flags, config, engine.name, runs);
}

/** Features and labels, checked against each other, with the rows to validate with. */
async function dataOf(flags: TrainFlags, seed: number): Promise<TrainingData> {
  const { readIncompleteFeatures } = await import("../features/features-file.js");
  const { labelCount, readLabels } = await import("../core/labels.js");
  const { features, failed } = await readIncompleteFeatures(flags.features);
  const labels = await readLabels(flags.labels);
  if (labelCount(labels) !== features.shape[0]) {
    throw new InputError("features and labels differ in number", {
      file: flags.labels,
      expected: `${features.shape[0]} rows, one for each of ${flags.features}`,
      actual: `${labelCount(labels)}`,
    });
  }
  if (failed.length > 0) process.stderr.write(`${failed.length} rows left out: their images could not be read\n`);
  const missing = new Set(failed);
  const rows = (await rowsToTrainOn(flags, labels)).filter(row => !missing.has(row));
  if (flags.validation === undefined) return { features, labels, train: rows };
  const { holdOut } = await import("../training/hold-out.js");
  const { takeLabels } = await import("../core/take-labels.js");
  const held = holdOut(takeLabels(labels, rows), { fraction: flags.validation, by: flags.validationBy, seed });
  const [train, query, database] = [held.train, held.query, held.database].map(list => list.map(at => rows[at]));
  return { features, labels, train, validation: { query, database } };
}

/** All rows of known label, or those whose product is not of the fold that is left out. */
async function rowsToTrainOn({ fold, foldSeed = 0 }: TrainFlags, labels: Labels): Promise<Int32Array> {
  const { labelCount } = await import("../core/labels.js");
  if (labels instanceof Int32Array && labels.every(label => label === UNKNOWN)) {
    throw new InputError("no item has a known label", { expected: "labels to learn from", actual: `${UNKNOWN} only` });
  }
  if (fold === undefined) {
    const rows = Int32Array.from({ length: labelCount(labels) }, (_, row) => row);
    return labels instanceof Int32Array ? rows.filter(row => labels[row] !== UNKNOWN) : rows;
  }
  if (!(labels instanceof Int32Array)) {
    throw new InputError("products of multi-label items overlap", { expected: "one label an item with --fold" });
  }
  const { productFold } = await import("../challenge/product-folds.js");
  return productFold(labels, { ...fold, seed: foldSeed }).train;
}

async function writeModel(out: string, trained: TrainedHead, flags: TrainFlags): Promise<void> {
  const { readFeatureManifest } = await import("../features/feature-manifest.js");
  const { saveHead } = await import("../hashing/head-file.js");
  const { writeAtomically } = await import("../core/files.js");
  const { head, config, engine, seconds, best, stoppedEarly, epochs, steps } = trained;
  const { validation, validationBy, fold, foldSeed = 0 } = flags;
  const held = validation === undefined ? null : { fraction: validation, by: validationBy };
  const made = { config, engine, seconds, validation: held, best: best ?? null, stoppedEarly };
  // What `extract` wrote beside the features says which network and views made them: `search`, `export` need it.
  const features = await readFeatureManifest(dirname(flags.features));
  await saveHead(out, head, {
    ...made,
    ...(fold === undefined ? {} : { fold: { ...fold, seed: foldSeed } }),
    ...(features?.shape[1] === head.config.inputDim ? { features } : {}),
  });
  await writeAtomically(`${out}/history.json`, `${JSON.stringify({ epochs, steps }, null, 1)}\n`);
}

/** What is reported of one training. */
interface RunSummary {
  readonly out: string;
  readonly seed: number;
  readonly steps: number;
  readonly epochs: number;
  /** Mean of the last epoch. */
  readonly loss: number;
  readonly seconds: number;
  /** Of the head that was written; null without validation. */
  readonly validationMAP: number | null;
  readonly bestEpoch: number | null;
  readonly stoppedEarly: boolean;
}

function summaryOf(out: string, { config, steps, epochs, best, seconds, stoppedEarly }: TrainedHead): RunSummary {
  const last = epochs[epochs.length - 1];
  const validationMAP = (config.keep === "best" ? best?.validationMAP : last.validationMAP) ?? null;
  const counts = { steps: steps.length, epochs: epochs.length, loss: last.loss };
  return { out, seed: config.seed, ...counts, seconds, validationMAP, bestEpoch: best?.epoch ?? null, stoppedEarly };
}

async function report(flags: TrainFlags, config: TrainConfig, engine: string, runs: RunSummary[]): Promise<void> {
  const { meanAndDeviation } = await import("../training/mean-and-deviation.js");
  const loss = meanAndDeviation(runs.map(run => run.loss));
  const maps = runs.flatMap(run => run.validationMAP ?? []);
  const validationMAP = maps.length === runs.length ? meanAndDeviation(maps) : null;
  if (flags.json) {
    const only = runs.length === 1 ? runs[0] : { out: flags.out, runs };
    const spread = runs.length === 1 ? {} : { loss, validationMAP };
    process.stdout.write(`${JSON.stringify({ engine, ...only, ...spread, config })}\n`);
    return;
  }
  for (const run of runs) process.stdout.write(`${lineOf(run, config)}\n`);
  if (runs.length === 1) return;
  const text = ({ mean, deviation }: { mean: number; deviation: number }): string =>
    `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
  const validated = validationMAP === null ? "" : `, validation mAP ${text(validationMAP)}`;
  process.stdout.write(`${runs.length} seeds: loss ${text(loss)}${validated} (mean ± standard deviation)\n`);
}

function lineOf(run: RunSummary, { method, bits }: TrainConfig): string {
  const validated = run.validationMAP === null ? "" : `, validation mAP ${run.validationMAP.toFixed(4)}`;
  const early = run.stoppedEarly ? `, stopped after epoch ${run.epochs} (best ${run.bestEpoch})` : "";
  const what = `trained ${method} ${bits} bits, seed ${run.seed}: ${run.steps} steps, loss ${run.loss.toFixed(4)}`;
  return `${what}${validated}${early}, ${run.seconds.toFixed(1)} s, in ${run.out}`;
}

/** The preset, then the file, then the command line. */
async function configOf(flags: TrainFlags): Promise<TrainConfig> {
  const preset = presetConfig(flags.preset, flags.method, flags.bits);
  const { readTrainConfig } = await import("../training/config-file.js");
  const base = flags.config === undefined ? preset : await readTrainConfig(flags.config, preset);
  const line: Record<string, unknown> = {};
  for (const name of ["epochs", "batch", "learningRate", "seed", "patience", "keep"] as const) {
    if (flags[name] !== undefined) line[name] = flags[name];
  }
  return { ...base, ...line };
}

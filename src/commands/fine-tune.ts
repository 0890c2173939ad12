import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { Command } from "commander";
import type { Backbone } from "../backbone/backbone.js";
import type { ResNetDepth } from "../backbone/resnet.js";
import type { EngineName } from "../compute/engine.js";
import { InputError, UsageError } from "../core/errors.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { shownNumber } from "../core/shown-number.js";
import { learnedNames } from "../datasets/query-classes.js";
import { learnsClasses } from "../experiments/learned-rows.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import type { SeenItems } from "../features/seen-items.js";
import type { HeadDescription } from "../hashing/head-file.js";
import { loadMethod } from "../methods/load-method.js";
import type { Method } from "../methods/method.js";
import type { FineTuned, FineTuningOptions } from "../training/fine-tune.js";
import { FINE_TUNING_OPTIONS } from "../training/fine-tune.js";
import type { PlainConfig, TrainConfig } from "../training/train-config.js";
import { stopOnSignal } from "./abort-on-signal.js";
import { checkContinues } from "./continued-training.js";
import { mergeOption } from "./digix-options.js";
import type { FoldFlag } from "./fold-option.js";
import { inputLines } from "./input-notes.js";
import { optionFlag } from "./option-flag.js";
import { rowsNote } from "./train-rows.js";
import type { TrainingDataFlags, TrainingItems } from "./training-data.js";
import { readTrainingItems } from "./training-data.js";

interface FineTuneFlags extends TrainingDataFlags, FineTuningOptions {
  model: string;
  method?: string;
  weights?: string;
  out: string;
  engine?: EngineName;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook extract --dataset pictures/ --backbone resnet50 --out f/
  $ hashbook train --data f/ --method hashnet --bits 48 --out model/
  $ hashbook extract --dataset pictures/ --backbone resnet50 --layer layer3 --out f3/
  $ hashbook fine-tune --model model/ --data f3/ --out tuned/
  $ hashbook extract --dataset pictures/ --backbone resnet50 --weights tuned/backbone.safetensors --out f-tuned/
  $ hashbook encode --model tuned/ --data f-tuned/ --out codes.npy

Trains the last stage of a ResNet together with a head that \`train\` has made, by the loss, pairs and
batches of that training, on stored outputs of the stage before (ResNet-50: 803 KB an image, those that are trained on in memory), one view an image. A fold that
\`train --fold\` left out stays out; rows held out by --validation do not. Batch norms are frozen. Writes
backbone.safetensors (torchvision's names), head.safetensors, head.json and MODEL.md.`;

/** `hashbook fine-tune`: the last stage of a backbone and the head. */
export function fineTuneCommand(): Command {
  const { epochs, batch, learningRate, stageShare, momentum, seed } = FINE_TUNING_OPTIONS;
  return new Command("fine-tune")
    .description("train the last stage of a ResNet together with its head")
    .requiredOption("--model <folder>", "what `train` wrote, from features of the pooled layer")
    .option("--data <folder>", "what `extract --layer layer3` wrote")
    .addOption(mergeOption())
    .option("--features <file>", "the same as an array with its manifest.json beside it, .npy")
    .option("--labels <file>", "whole numbers (n,) or multi-hot (n, classes), .npy, with --features")
    .option("--method <file>", "the file that defines the model's method, where it is your own")
    .requiredOption("--out <folder>", "where to write the new model")
    .option("--weights <file>", "the weights of the network, where they are not the known ones, .safetensors")
    .option("--epochs <n>", "passes over the data", optionFlag(epochs), epochs.default)
    .option("--batch <n>", "items a step", optionFlag(batch), batch.default)
    .option("--learning-rate <x>", "of the head", optionFlag(learningRate), learningRate.default)
    .option(
      "--stage-share <x>",
      "learning rate of the stage as a share of the head's",
      optionFlag(stageShare),
      stageShare.default,
    )
    .option("--momentum <x>", "of the gradient descent", optionFlag(momentum), momentum.default)
    .option("--seed <n>", "of the shuffles", optionFlag(seed), seed.default)
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(async (flags: FineTuneFlags) => {
      const { inModelFolder } = await import("./model-folder.js");
      await inModelFolder({ out: flags.out, resume: false, restart: false }, [], () => tune(flags));
    });
}

async function tune(flags: FineTuneFlags): Promise<void> {
  const { residualStage } = await import("../backbone/resnet.js");
  const { openEngine } = await import("../compute/engine.js");
  const { loadHead } = await import("../hashing/head-file.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { fineTune } = await import("../training/fine-tune.js");
  const { filesOfModel, filesOfTraining } = await import("./read-files.js");
  const { model, out } = flags;
  await checkOverwritesNothing(
    { "--out": [...filesOfModel(out), join(out, "backbone.safetensors"), join(out, "MODEL.md")] },
    { ...filesOfTraining(flags), "--model": filesOfModel(model), "--method": flags.method, "--weights": flags.weights },
  );
  const { takeLabels } = await import("../core/take-labels.js");
  const { collectFeatures } = await import("../features/feature-rows.js");
  const settings = settingsOf(flags);
  const head = await loadHead(model);
  const method = flags.method === undefined ? undefined : await loadMethod(flags.method);
  const made = await madeBy(model, method);
  const { config, pooled, fold } = made;
  const manifest = await manifestBeside(flags);
  const known = manifest === undefined ? undefined : await networkOf(flags, manifest, pooled); // before gigabytes are read
  const items = await readTrainingItems(flags, config.unlabelled);
  checkContinues(model, made.description, items);
  const { depth, shape, backbone } = known ?? (await networkOf(flags, items.manifest, pooled));
  const train = await rowsOf(items, fold);
  const features = await collectFeatures(items.features, { of: train });
  const rows = { features, labels: takeLabels(items.labels, train), train: Int32Array.from(train.keys()) };
  const started = performance.now();
  const stage = { stage: residualStage(depth, 4), weights: backbone.weights, head, config };
  const options = { engine: await openEngine({ engine: flags.engine }), ...settings, onProgress: terminalProgress() };
  const tuned = await stopOnSignal(
    signal => fineTune({ ...rows, shape }, stage, { ...options, signal }),
    "nothing of it is kept, and the same command begins anew",
  );
  if (tuned === undefined) return;
  const seconds = (performance.now() - started) / 1000;
  const seen = await allSeen(made, { items, train, weights: backbone.seen });
  const learnedClasses = learnedByBoth(made, items, train);
  const { items: tunedOn, mergedProducts } = items;
  await write(flags, { ...made, depth, seconds, tunedOn, mergedProducts, learnedClasses, seen }, tuned);
  const { losses } = tuned;
  const { unchecked, converted } = items;
  const { document: noted, lines } = rowsNote(items, config.unlabelled);
  const [firstLoss, lastLoss] = [losses[0], losses[losses.length - 1]];
  const report = { out, steps: losses.length, firstLoss, lastLoss, seconds, ...noted, unchecked, converted };
  const course = `loss ${shownNumber(report.firstLoss, 4)} to ${shownNumber(report.lastLoss, 4)}`;
  const text = `fine-tuned resnet${depth}'s last stage: ${report.steps} steps, ${course}, ${seconds.toFixed(1)} s, in ${out}`;
  process.stdout.write(`${flags.json ? JSON.stringify(report) : [text, ...lines, ...inputLines(items)].join("\n")}\n`);
}

/** The fold that a model was not trained on, as `train --fold` notes it. */
type LeftOut = FoldFlag & { readonly seed: number };

interface MadeBy {
  /** All that head.json says. */
  readonly description: HeadDescription;
  readonly config: TrainConfig;
  /** How the features were made that it was trained on. */
  readonly pooled: FeatureManifest;
  readonly fold?: LeftOut;
}

/** How it was fine-tuned. */
interface TunedBy extends MadeBy {
  readonly depth: ResNetDepth;
  readonly seconds: number;
  /** Absent: the items came as arrays. */
  readonly tunedOn: TrainingItems["items"];
  readonly mergedProducts: TrainingItems["mergedProducts"];
  /** Of head and stage. Undefined: of one of them nobody knows. */
  readonly learnedClasses: readonly string[] | undefined;
  readonly seen: readonly SeenItems[];
}

/** What head and stage have seen after fine-tuning: what each had before, and the rows tuned on. */
async function allSeen(
  { description }: MadeBy,
  tuned: { readonly items: TrainingItems; readonly train: Int32Array; readonly weights: string | undefined },
): Promise<SeenItems[]> {
  const { distinctSeen, parseSeen, seenItems } = await import("../features/seen-items.js");
  // A model of before this was noted says of how many items at most, not of which.
  const { trainedOn, seen: head = [{ as: "trained" as const, count: trainedOn?.rows ?? 0 }] } = description;
  const stage = tuned.weights === undefined ? [] : parseSeen(tuned.weights, "weights of the network");
  return distinctSeen([...head, ...stage, seenItems("trained", tuned.train, tuned.items.origin)]);
}

/** Classes that head and stage have learned; undefined where of one of them nobody knows. */
function learnedByBoth(
  { description, config }: MadeBy,
  { labels, classNames }: TrainingItems,
  train: Int32Array,
): readonly string[] | undefined {
  const before = description.learnedClasses;
  if (before === undefined || classNames === undefined) return undefined;
  const now = learnedNames({ labels, classNames }, learnsClasses(config.method) ? train : undefined);
  return [...new Set([...before, ...now])];
}

/** How a model was trained, and on what features. @param own a method of one's own, where the model is of one */
async function madeBy(model: string, own: Method | undefined): Promise<MadeBy> {
  const { readHeadDescription } = await import("../hashing/head-file.js");
  const { resolveConfig } = await import("../training/train-config.js");
  const file = join(model, "head.json");
  const description = await readHeadDescription(model);
  const { config, features, fold, itq } = description;
  if (itq !== undefined) {
    throw new InputError("the codes of this model are ITQ's, which no loss trains", {
      file,
      expected: "the same training without --itq",
    });
  }
  if (config === undefined || features === undefined || features.layer !== undefined) {
    throw new InputError("this model cannot be fine-tuned", {
      file,
      expected: "one that `train` made from a folder of `extract`, features of the pooled layer",
    });
  }
  if (own !== undefined && own.name !== config.method) {
    throw new InputError("the model is of another method than the one given", {
      file,
      expected: `the file that defines "${config.method}", or no --method where it is a known one`,
      actual: `"${own.name}"`,
    });
  }
  const method = own ?? config.method;
  const resolved = resolveConfig({ ...(config as PlainConfig), method }, { file });
  return { description, config: resolved, pooled: features, ...(fold === undefined ? {} : { fold }) };
}

/** How the features were made, before they are read; undefined when nothing beside them says it. */
async function manifestBeside({ data, features }: FineTuneFlags): Promise<FeatureManifest | undefined> {
  const { readFeatureManifest } = await import("../features/feature-manifest.js");
  const folder = data ?? (features === undefined ? undefined : dirname(features));
  return folder === undefined ? undefined : readFeatureManifest(folder);
}

/** The network with its weights, which are those that the model's features came from. */
async function networkOf(
  flags: FineTuneFlags,
  manifest: FeatureManifest | undefined,
  pooled: FeatureManifest,
): Promise<Awaited<ReturnType<typeof stageBefore>> & { readonly backbone: Backbone }> {
  const { openBackbone } = await import("../backbone/open-backbone.js");
  const found = await stageBefore(flags, manifest, pooled);
  const backbone = await openBackbone(`resnet${found.depth}`, { file: flags.weights });
  if (backbone.weightsHash === pooled.weightsHash) return { ...found, backbone };
  throw new InputError("the model was trained on features of other weights", {
    file: join(flags.model, "head.json"),
    expected: `weights of SHA-256 ${pooled.weightsHash}, named with --weights`,
    actual: backbone.weightsHash,
  });
}

/** The network, and the shape of one output of the stage before its last, as the manifest beside the file says. */
async function stageBefore(
  { data, features }: FineTuneFlags,
  manifest: FeatureManifest | undefined,
  pooled: FeatureManifest,
): Promise<{ depth: ResNetDepth; shape: readonly [number, number, number] }> {
  const { resnet } = await import("../backbone/resnet.js");
  const [, depth] = /^resnet(18|34|50|101|152)$/.exec(pooled.backbone) ?? [];
  if (depth === undefined) {
    throw new UsageError("only ResNets can be fine-tuned", {
      expected: "resnet18 … resnet152",
      actual: pooled.backbone,
    });
  }
  const whole = (manifest?.preprocessing.views ?? "centre") === "centre"; // a mean over crops is no map of places
  const same = whole && manifest?.backbone === pooled.backbone && manifest.weightsHash === pooled.weightsHash;
  const number = Number(depth) as ResNetDepth;
  const shape = resnet(number).earlier?.layer3;
  if (same && manifest.layer === "layer3" && shape !== undefined) return { depth: number, shape };
  throw new InputError("these are not outputs of the stage before the last", {
    file: data ?? features,
    expected: `what \`extract --backbone ${pooled.backbone} --layer layer3\` wrote with the weights of the model, one view an image`,
    actual: manifest === undefined ? "no manifest.json" : describeManifest(manifest),
  });
}

function describeManifest({
  backbone,
  layer = "pool",
  preprocessing: { views = "centre" },
  weightsHash,
}: FeatureManifest): string {
  return `${backbone}, layer ${layer}, views ${JSON.stringify(views)}, weights ${weightsHash.slice(0, 12)}…`;
}

/** Rows to train on, but for those of the fold that the model left out. */
async function rowsOf({ labels, train }: TrainingItems, fold: LeftOut | undefined): Promise<Int32Array> {
  if (fold === undefined) return train;
  if (!(labels instanceof Int32Array)) {
    throw new InputError("the model left a fold of products out; those of multi-label items overlap", {
      expected: "one label an item",
    });
  }
  const { productFold } = await import("../challenge/product-folds.js");
  const kept = new Set(productFold(labels, fold).train);
  return train.filter(row => kept.has(row));
}

function settingsOf(flags: FineTuneFlags): FineTuningOptions {
  const { epochs, batch, learningRate, stageShare, momentum, seed } = flags;
  return { epochs, batch, learningRate, stageShare, momentum, seed };
}

async function write(
  flags: FineTuneFlags,
  { description, depth, config, pooled, seconds, tunedOn, mergedProducts, learnedClasses, seen: noted }: TunedBy,
  { weights, head }: FineTuned,
): Promise<void> {
  const { unfoldBatchNorms } = await import("../backbone/fold.js");
  const { resnet } = await import("../backbone/resnet.js");
  const { encodeSafetensors } = await import("../core/safetensors.js");
  const { headDescription, saveHead } = await import("../hashing/head-file.js");
  const { CARD_FILE, modelCard } = await import("../records/model-card.js");
  const { plainConfig } = await import("../training/train-config.js");
  // The note goes with the weights: features made with them, and heads trained on those, have seen the same.
  const bytes = encodeSafetensors(unfoldBatchNorms(resnet(depth), weights), { seen: JSON.stringify(noted) });
  const weightsHash = createHash("sha256").update(bytes).digest("hex");
  const { fold, classNames, trainedOn, roles } = description;
  const seen = { fold, classNames, learnedClasses, trainedOn, tunedOn, mergedProducts, roles, seen: noted };
  const madeBy = {
    config: plainConfig(config),
    fineTuning: { ...settingsOf(flags), seconds },
    features: { ...pooled, weightsHash, seen: noted },
    ...Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== undefined)),
  };
  const card = modelCard(headDescription(head, madeBy), { method: config.method });
  await saveHead(flags.out, head, madeBy, { "backbone.safetensors": bytes, [CARD_FILE]: card });
}

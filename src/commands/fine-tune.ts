import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Command } from "commander";
import type { ResNetDepth } from "../backbone/resnet.js";
import type { EngineName } from "../compute/engine.js";
import { InputError, UsageError } from "../core/errors.js";
import { UNKNOWN } from "../datasets/dataset.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import type { TrainConfig } from "../training/train-config.js";
import type { FoldFlag } from "./fold-option.js";
import { numberAbove, wholeNumber } from "./numbers.js";

interface FineTuneFlags {
  model: string;
  features: string;
  labels: string;
  weights?: string;
  out: string;
  epochs: number;
  batch: number;
  learningRate: number;
  stageShare: number;
  seed: number;
  engine?: EngineName;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook extract --dataset pictures/ --backbone resnet50 --out f/
  $ hashbook train --features f/features.npy --labels f/labels.npy --method hashnet --bits 48 --out model/
  $ hashbook extract --dataset pictures/ --backbone resnet50 --layer layer3 --out f3/
  $ hashbook fine-tune --model model/ --features f3/features.npy --labels f3/labels.npy --out tuned/
  $ hashbook extract --dataset pictures/ --backbone resnet50 --weights tuned/backbone.safetensors --out f-tuned/
  $ hashbook encode --model tuned/ --features f-tuned/features.npy --out codes.npy

Trains the last stage of a ResNet together with a head that \`train\` has made, with the loss of that training, on
stored outputs of the stage before (ResNet-50: 803 KB an image, all of them in memory), one view an image. A fold that
\`train --fold\` left out stays out; rows held out by --validation do not. Batch norms are frozen. Writes
backbone.safetensors (torchvision's names), head.safetensors, head.json.`;

/** `hashbook fine-tune`: the last stage of a backbone and the head. */
export function fineTuneCommand(): Command {
  return new Command("fine-tune")
    .description("train the last stage of a ResNet together with its head")
    .requiredOption("--model <folder>", "what `train` wrote, from features of the pooled layer")
    .requiredOption("--features <file>", "what `extract --layer layer3` wrote, .npy with its manifest.json beside it")
    .requiredOption("--labels <file>", "integers (n,), .npy")
    .requiredOption("--out <folder>", "where to write the new model")
    .option("--weights <file>", "the weights of the network, where they are not the known ones, .safetensors")
    .option("--epochs <n>", "passes over the data", wholeNumber(1), 5)
    .option("--batch <n>", "items a step", wholeNumber(2), 32)
    .option("--learning-rate <x>", "of the head", numberAbove(0), 1e-3)
    .option("--stage-share <x>", "learning rate of the stage as a share of the head's", numberAbove(0, 1), 0.1)
    .option("--seed <n>", "of the shuffles", wholeNumber(0), 0)
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, wasm or tfjs-webgpu; default: the best that is there")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(tune);
}

async function tune(flags: FineTuneFlags): Promise<void> {
  const { openBackbone } = await import("../backbone/open-backbone.js");
  const { residualStage } = await import("../backbone/resnet.js");
  const { openEngine } = await import("../compute/engine.js");
  const { readIncompleteFeatures } = await import("../features/features-file.js");
  const { loadHead } = await import("../hashing/head-file.js");
  const { dchLoss } = await import("../methods/dch.js");
  const { hashNetLoss } = await import("../methods/hashnet.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { fineTune } = await import("../training/fine-tune.js");
  const { model, out, epochs, batch, learningRate, stageShare, seed } = flags;
  const head = await loadHead(model);
  const { config, features: pooled, fold } = await madeBy(model);
  const { depth, shape } = await stageBefore(flags.features, pooled);
  const backbone = await openBackbone(`resnet${depth}`, { file: flags.weights });
  if (backbone.weightsHash !== pooled.weightsHash) {
    throw new InputError("the model was trained on features of other weights", {
      file: join(model, "head.json"),
      expected: `weights of SHA-256 ${pooled.weightsHash}, named with --weights`,
      actual: backbone.weightsHash,
    });
  }
  const { features, failed } = await readIncompleteFeatures(flags.features);
  const labels = await singleLabels(flags.labels);
  const started = performance.now();
  const tuned = await fineTune(
    await openEngine({ engine: flags.engine }),
    { features, shape, labels, train: await rowsOf(labels, fold, failed) },
    {
      stage: residualStage(depth, 4),
      weights: backbone.weights,
      head,
      loss: (h, s) => (config.method === "hashnet" ? hashNetLoss(h, s, config.hashnet) : dchLoss(h, s, config.dch)),
    },
    { epochs, batch, learningRate, stageShare, seed, onProgress: terminalProgress() },
  );
  const seconds = (performance.now() - started) / 1000;
  await write(flags, { depth, config, pooled, fold, seconds }, tuned);
  const { losses } = tuned;
  const report = { out, steps: losses.length, firstLoss: losses[0], lastLoss: losses[losses.length - 1], seconds };
  const course = `loss ${report.firstLoss.toFixed(4)} to ${report.lastLoss.toFixed(4)}`;
  const text = `fine-tuned resnet${depth}'s last stage: ${report.steps} steps, ${course}, ${seconds.toFixed(1)} s, in ${out}`;
  process.stdout.write(`${flags.json ? JSON.stringify(report) : text}\n`);
}

/** The fold that a model was not trained on, as `train --fold` notes it. */
type LeftOut = FoldFlag & { readonly seed: number };

interface MadeBy {
  readonly config: TrainConfig;
  readonly features: FeatureManifest;
  readonly fold?: LeftOut;
}

/** How a model was trained, and on what features. */
async function madeBy(model: string): Promise<MadeBy> {
  const file = join(model, "head.json");
  const { config, features, fold } = JSON.parse(await readFile(file, "utf8"));
  if (config !== undefined && features !== undefined && features.layer === undefined) return { config, features, fold };
  throw new InputError("this model cannot be fine-tuned", {
    file,
    expected: "one that `train` made from a folder of `extract`, features of the pooled layer",
  });
}

/** The network, and the shape of one output of the stage before its last, as the manifest beside the file says. */
async function stageBefore(
  file: string,
  pooled: FeatureManifest,
): Promise<{ depth: ResNetDepth; shape: readonly [number, number, number] }> {
  const { readFeatureManifest } = await import("../features/feature-manifest.js");
  const { resnet } = await import("../backbone/resnet.js");
  const manifest = await readFeatureManifest(dirname(file));
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
    file,
    expected: `what \`extract --backbone ${pooled.backbone} --layer layer3\` wrote with the weights of the model, one view an image`,
    actual: manifest === undefined ? "no manifest.json" : described(manifest),
  });
}

function described({
  backbone,
  layer = "pool",
  preprocessing: { views = "centre" },
  weightsHash,
}: FeatureManifest): string {
  return `${backbone}, layer ${layer}, views ${JSON.stringify(views)}, weights ${weightsHash.slice(0, 12)}…`;
}

/** Rows to train on: of a known label, of an image that could be read, and not of the fold that the model left out. */
async function rowsOf(labels: Int32Array, fold: LeftOut | undefined, failed: Int32Array): Promise<Int32Array> {
  const { productFold } = await import("../challenge/product-folds.js");
  const missing = new Set(failed);
  const rows = fold === undefined ? Int32Array.from(labels.keys()) : productFold(labels, fold).train;
  return rows.filter(row => labels[row] !== UNKNOWN && !missing.has(row));
}

async function singleLabels(file: string): Promise<Int32Array> {
  const { readLabels } = await import("../core/labels.js");
  const labels = await readLabels(file);
  if (labels instanceof Int32Array) return labels;
  throw new InputError("fine-tuning takes one label an item", { file, expected: "integers (n,)" });
}

async function write(
  flags: FineTuneFlags,
  made: { depth: ResNetDepth; config: TrainConfig; pooled: FeatureManifest; fold?: LeftOut; seconds: number },
  { weights, head }: Awaited<ReturnType<typeof import("../training/fine-tune.js").fineTune>>,
): Promise<void> {
  const { unfoldBatchNorms } = await import("../backbone/fold.js");
  const { resnet } = await import("../backbone/resnet.js");
  const { encodeSafetensors } = await import("../core/safetensors.js");
  const { writeAtomically } = await import("../core/files.js");
  const { saveHead } = await import("../hashing/head-file.js");
  const bytes = encodeSafetensors(unfoldBatchNorms(resnet(made.depth), weights));
  await writeAtomically(join(flags.out, "backbone.safetensors"), bytes);
  const weightsHash = createHash("sha256").update(bytes).digest("hex");
  const { epochs, batch, learningRate, stageShare, seed } = flags;
  await saveHead(flags.out, head, {
    config: made.config,
    fineTuning: { epochs, batch, learningRate, stageShare, seed, seconds: made.seconds },
    features: { ...made.pooled, weightsHash },
    ...(made.fold === undefined ? {} : { fold: made.fold }),
  });
}

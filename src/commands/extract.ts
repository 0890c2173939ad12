import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { AskedPooling } from "../backbone/pooling.js";
import { datasetNames } from "../catalogue/open-dataset.js";
import type { EngineName } from "../compute/engine.js";
import type { Precision } from "../compute/quantization.js";
import { PRECISIONS } from "../compute/quantization.js";
import { UsageError } from "../core/errors.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import type { ProgressListener } from "../core/progress.js";
import { progressFile } from "../core/progress-file.js";
import type { Dataset } from "../datasets/dataset.js";
import type { FeatureFolder } from "../features/extract.js";
import type { FeatureManifest, Shard } from "../features/feature-manifest.js";
import { MAX_INPUTS } from "../features/images-per-call.js";
import type { Truncated, Views } from "../images/preprocessing.js";
import { stopOnSignal } from "./abort-on-signal.js";
import type { ClusterFlags } from "./cluster-options.js";
import { addClusterOptions, askedOfCluster } from "./cluster-options.js";
import type { DigixFlags } from "./digix-options.js";
import { addDigixOptions } from "./digix-options.js";
import type { ExtractListFlags } from "./list-options.js";
import { addListOptions, listOptionsOf, missingOption } from "./list-options.js";
import { METHOD_FILE, openModel } from "./model-option.js";
import { wholeNumber } from "./numbers.js";
import { POOL } from "./pool-option.js";
import type { PreprocessingFlags } from "./preprocessing-flags.js";
import { addPreprocessingOptions, preprocessingOf } from "./preprocessing-flags.js";
import { shardOption } from "./shard-option.js";
import { TRUNCATED } from "./truncated-option.js";

interface ExtractFlags extends PreprocessingFlags, ExtractListFlags, DigixFlags, ClusterFlags {
  dataset: string;
  backbone?: string;
  model?: string;
  method?: string;
  weights?: string;
  layer?: string;
  output?: string;
  pool?: AskedPooling;
  views: Views;
  truncated: Truncated;
  out?: string;
  root?: string;
  seed?: number;
  engine?: EngineName;
  threads?: number;
  precision?: Precision;
  ranges?: string;
  batch: number;
  shard?: Shard;
  shardList?: string;
  nodeRoot?: string;
  strict: boolean;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook extract --dataset fashion-mnist-10k --out features/
  $ hashbook extract --dataset pictures/ --backbone resnet50 --out features/ --json
  $ hashbook extract --dataset lists/coco --images /data/coco --backbone resnet50 --out coco/
  $ hashbook extract --dataset cifar10-1 --root ~/data/cifar-10-batches-py --out cifar/
  $ hashbook extract --dataset pictures/ --backbone resnet50 --views ten-crop
  $ hashbook extract --dataset pictures/ --backbone resnet50 --size 448 --pool gem:learned --out sharp/
  $ hashbook extract --dataset others/ --backbone resnet50 --scales 0.71,1,1.41 --pool gem:3 --out scales/
  $ hashbook extract --dataset pictures/ --backbone resnet50 --precision int8 --out features/
  $ hashbook extract --dataset others/ --backbone resnet50 --precision int8 --ranges features/ --out others-features/
  $ hashbook extract --dataset pictures/ --backbone mine.onnx --output pooled --interpolation bicubic --crop-share 0.95
  $ hashbook extract --dataset pictures/ --backbone resnet50 --shard $((SLURM_ARRAY_TASK_ID + 1))/8 --out features/
  $ hashbook features merge features/
  $ hashbook extract --dataset pictures/ --model model/ --out gallery/     codes only, packed: gallery/codes.npy

With --precision int8 the ranges of the network's values are measured on 64 images of the dataset first (seed 0). They
stand in the manifest and go with what is trained on the features, so that queries and exports compute in int8 too.
Shards with one --out share those of the first (ranges.json there). Features that are to belong together but do not
see that folder, as shards without a common disk or other data for the same model, take them by --ranges.

--pool gem is the generalised mean of the last map (GeM), gem:P with exponent P (3 unless said), 1 the average. gem:learned
learns P on labelled images of the dataset first; the manifest then says gem:P, and features of other data that are to
be compared take that number. With --scales the network sees each image at several sizes; its feature is the mean of
theirs, each of length 1. Of an .onnx file the output must be a map to be pooled, and take any size for scales.

How an .onnx file wants its images is said by these options; else by a JSON file beside it (mine.json, mine.onnx.json,
config.json) with timm's mean, std, input_size, crop_pct, interpolation, crop_mode; else by its metadata; else assumed as
ImageNet's, which is said. A named protocol has its own way from image to square (hashbook dataset --protocols). The manifest notes it, and features made otherwise are not compared.

Writes a data folder, which the other commands take as --data: features.npy (n, dim), labels.npy, ids.txt (a line a row),
split.json where the dataset has roles, and manifest.json, which says how they were made and what the classes are called.
A second call with the same settings finds them; one after a kill continues where the first stopped, to the same bytes. An image that cannot
be read is listed in failed.csv (row, id, reason) and its row holds NaN; with --strict it stops the run. Files that are
no images of the dataset are listed there without a row. With --truncated accept, images that are cut short count as far
as they go and are listed in truncated.csv; the manifest says so, and what is compared with it must be made so too.

With --model the features go through the model at once and only its packed codes are kept (codes.npy, codes.json,
codes.ids.txt beside labels.npy and ids.txt): six bytes of 48 bits an image instead of 5120. Network, layer and preprocessing are
then those that the model's head.json names. Then \`evaluate --data gallery/ --codes gallery/codes.npy\` and
\`search --database gallery/codes.npy\`; \`codes merge\` joins shards.
UV_THREADPOOL_SIZE=16 decodes with more than four threads.`;

/** `hashbook extract`: features of all images of a dataset. */
export function extractCommand(): Command {
  return addClusterOptions(
    addDigixOptions(addListOptions(addPreprocessingOptions(new Command("extract")))),
    "with --on or --print: how many parts the dataset is cut into",
  )
    .description("run a frozen backbone over a dataset, once; resumes")
    .requiredOption(
      "--dataset <name>",
      `${datasetNames.join(", ")}, or the path of an image folder, of published lists or of a label file`,
    )
    .option(
      "--backbone <name>",
      "network (hashbook weights lists them), or the path of an .onnx file; default: efficientnet-lite0, or the model's",
    )
    .option("--model <folder>", "keep the codes of this model of `train`, and no features; needs --out")
    .option(...METHOD_FILE)
    .option("--output <name>", "of an .onnx file: the tensor that is the feature; default: its only output")
    .option("--weights <file>", "other weights of the same network, .safetensors")
    .option(
      "--layer <name>",
      "where features are taken: pool, or layer4 or layer3 of a ResNet, norm5 of a DenseNet; default: pool",
    )
    .option(...POOL)
    .option("--views <views>", "centre, flip, ten-crop (their mean), or random:SEED:VIEW", viewsOption, "centre")
    .option(...TRUNCATED)
    .option("--out <folder>", "where to write; default: data/features/<dataset>-<backbone>-<hash>")
    .option("--root <path>", "where the dataset is, when not at its usual place")
    .option("--seed <n>", "of a protocol whose roles are drawn by a rule (cifar10-1 …); default 0", wholeNumber(0))
    .addOption(missingOption())
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, tfjs-webgpu or wasm; default: the best that is there")
    .option(
      "--threads <n>",
      "threads of the network, and images decoded at a time; default: all cores for the one, 6 images for the other",
      wholeNumber(1, 256),
    )
    .addOption(
      new Option(
        "--precision <name>",
        "int8 computes in 8-bit integers, on the CPU two to three times as fast; default: fp32, or the model's",
      ).choices(PRECISIONS),
    )
    .option("--ranges <folder>", "of --precision int8: take them from this data folder or model, and measure none")
    .option("--batch <inputs>", "network inputs an engine call (images times views)", wholeNumber(1, MAX_INPUTS), 16)
    .option("--shard <i/n>", "do only part i of n (1 to n), into <out>/shard-<i>-of-<n>", shardOption)
    .addOption(new Option("--shard-list <file>", "of --shard on a cluster: what it consists of").hideHelp())
    .option("--node-root <path>", "with --on: where each node has a copy of the dataset, as '$TMPDIR/pictures'")
    .option("--strict", "stop at the first image that cannot be read", false)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(extract);
}

function viewsOption(text: string): Views {
  if (text === "centre" || text === "flip" || text === "ten-crop") return text;
  const [, seed, view] = /^random:(\d+):(\d+)$/.exec(text) ?? [];
  if (seed === undefined) throw new InvalidArgumentError("expected centre, flip, ten-crop or random:SEED:VIEW.");
  return { seed: Number(seed), view: Number(view) };
}

async function extract(flags: ExtractFlags, command: Command): Promise<void> {
  const { chooseEngine } = await import("../compute/engine.js");
  const { extractToFolder } = await import("../features/extract.js");
  const { checkDivision, shardFolder } = await import("../features/shards.js");
  const { extractCodes } = await import("../embedding/extract-codes.js");
  const { codesModel } = await import("./codes-model.js");
  const { networkOf, networkReady, withGivenRanges } = await import("./extraction-network.js");
  const { filesOfCodes, filesOfData, filesOfModel, pathsOfDataset } = await import("./read-files.js");
  const { findProtocol } = await import("../protocols/known-protocols.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { shard, strict, batch, threads } = flags;
  checkModelFlags(flags);
  checkClusterFlags(flags);
  const asked = askedOfCluster(flags);
  const { followExtraction, printExtraction, submitExtraction } = await import("./extract-on-cluster.js");
  if (asked?.print !== undefined) return printExtraction(flags, asked.print, command);
  if (asked !== undefined && flags.follow === true) return followExtraction(flags, command);
  if (shard !== undefined && flags.out === undefined)
    throw new UsageError("--shard needs --out, the folder of all shards");
  if (shard !== undefined && flags.out !== undefined) await checkDivision(flags.out, shard);
  const folder = shard === undefined || flags.out === undefined ? flags.out : shardFolder(flags.out, shard);
  const { inputs, folders } = await pathsOfDataset(flags.dataset, flags.root, flags);
  await checkOverwritesNothing(
    {
      "--out": [filesOfData(folder), flags.model === undefined ? [] : filesOfCodes(join(folder!, "codes.npy"))].flat(),
    },
    {
      ...inputs,
      ...{ "--backbone": flags.backbone, "--weights": flags.weights, "--method": flags.method },
      "--model": filesOfModel(flags.model),
      "--merge-products": flags.mergeProducts,
      "--ranges": [...filesOfData(flags.ranges), ...filesOfModel(flags.ranges)],
    },
    { folders },
  );
  if (flags.seed !== undefined && findProtocol(flags.dataset)?.rule === undefined) {
    throw new UsageError("--seed is of protocols whose roles are drawn by a rule", { actual: flags.dataset });
  }
  // Opening a dataset may read gigabytes: what is refused sooner comes first.
  const opened = await withGivenRanges(await networkOf(flags), flags);
  for (const sentence of opened.assumptions ?? []) process.stderr.write(`assumed: ${sentence}\n`);
  if (asked !== undefined)
    return submitExtraction(flags, { dataset: await openWhole(flags), backbone: opened }, command);
  const model = flags.model === undefined ? undefined : await openModel(flags.model, flags.method);
  const precision = opened.quantization?.precision ?? flags.precision; // of a model's features, else as asked for
  const { engine, reason } = await chooseEngine({ engine: flags.engine, threads, precision });
  process.stderr.write(`engine ${engine.name}: ${engine.description} (${reason})\n`);
  const dataset = await openPart(flags);
  const kept = keptImages(terminalProgress());
  const options = { engine, batchSize: batch, strict, shard, decoders: threads, onProgress: kept.onProgress };
  const work = async (signal: AbortSignal): Promise<FeatureFolder> =>
    model === undefined
      ? extractToFolder(dataset, await networkReady(opened, dataset, { flags, engine, signal }), {
          ...options,
          folder,
          signal,
        })
      : extractCodes(dataset, {
          ...{ ...options, folder: folder!, backbone: opened, model, signal }, // --model needs --out
          madeBy: await codesModel(flags.model!),
        });
  const made = await stopOnSignal(work, kept.text);
  if (made === undefined) return;
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(made)}\n`);
    return;
  }
  const { manifest, cached, seconds } = made;
  process.stdout.write(
    `${cached ? "found" : "wrote"} ${madeText(manifest)} in ${made.folder}, ${seconds.toFixed(1)} s\n`,
  );
  for (const line of listedLines(made)) process.stdout.write(`${line}\n`);
}

/** The dataset, or what a shard of it needs. */
async function openPart(flags: ExtractFlags): Promise<Dataset> {
  const { shard, shardList, root } = flags;
  if (shard === undefined) return openWhole(flags);
  if (shardList !== undefined) {
    const { openShardList } = await import("../features/shard-list.js");
    return openShardList(shardList, { shard, root });
  }
  const { shardRows } = await import("../features/feature-manifest.js");
  return openWhole(flags, items => shardRows(items, shard));
}

async function openWhole(flags: ExtractFlags, part?: (items: number) => [number, number]): Promise<Dataset> {
  const { openDataset } = await import("../catalogue/open-dataset.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { root, seed, mergeProducts, partFolder } = flags;
  const options = { root, seed, mergeProducts, partFolder, ...listOptionsOf(flags), part };
  return openDataset(flags.dataset, { ...options, onProgress: terminalProgress() });
}

/** What was made, in words. */
function madeText(manifest: FeatureManifest): string {
  const { shape, codes, quantization } = manifest;
  const precision = quantization === undefined ? "" : `, ${quantization.precision}`;
  if (codes === undefined) return `features (${shape.join(", ")})${precision}`;
  return `${shape[0]} codes of ${codes.bits} bits${precision === "" ? "" : ` of features${precision}`}`;
}

/** @throws {UsageError} where flags of a shard and of a cluster do not go together */
function checkClusterFlags({ shard, shardList, nodeRoot, on, print }: ExtractFlags): void {
  const onCluster = on !== undefined || print !== undefined;
  if (shard !== undefined && onCluster)
    throw new UsageError("--shard is one part of --shards: leave it out on a cluster");
  if (shardList !== undefined && shard === undefined) throw new UsageError("--shard-list is of --shard");
  if (nodeRoot !== undefined && !onCluster) throw new UsageError("--node-root goes with --on slurm or --print");
}

/** Watches how many images are done, to say of a run that is stopped what a later one finds. */
function keptImages(listener: ProgressListener): { readonly onProgress: ProgressListener; text(): string } {
  let place = "nothing was computed yet";
  const toFile = progressFile();
  return {
    onProgress(progress) {
      const { task, done, total } = progress;
      if (task !== "calibration" && task !== "pooling") {
        place = `what ${done} of ${total} images gave is kept`;
        toFile?.(progress);
      }
      listener(progress);
    },
    text: () => `${place}; the same command goes on from there`,
  };
}

/** @throws {UsageError} where --model and what names a network otherwise do not go together */
function checkModelFlags({ model, out, method, views, pool, precision, ranges, ...flags }: ExtractFlags): void {
  if (ranges !== undefined && precision !== "int8") throw new UsageError("--ranges are of --precision int8");
  if (model === undefined) {
    if (method !== undefined) throw new UsageError("--method is of a --model that was fitted by it");
    return;
  }
  if (out === undefined) throw new UsageError("--model needs --out, the folder of the codes");
  const said = [
    ...Object.keys(preprocessingOf(flags)),
    ...(views === "centre" ? [] : ["--views"]),
    ...(pool === undefined ? [] : ["--pool"]),
    ...(precision === undefined ? [] : [`--precision ${precision}`]),
  ];
  if (said.length === 0) return;
  throw new UsageError("--model says itself how its features are made", {
    expected: `none of these, as ${join(model, "head.json")} has them: preprocessing, views, pooling, precision`,
    actual: said.join(", "),
  });
}

/** What is not in the features as one might think. */
function listedLines({ manifest, failed, truncated, passedOver }: FeatureFolder): string[] {
  return [
    ...(failed.length === 0
      ? []
      : [`${failed.length} images could not be read: failed.csv lists them, ${unreadRows(manifest)}`]),
    ...(truncated.length === 0
      ? []
      : [`${truncated.length} images are cut short: truncated.csv lists them, their features are of what is there`]),
    ...(passedOver.length === 0
      ? []
      : [`${passedOver.length} files are no items of the dataset: failed.csv lists them, without a row`]),
  ];
}

/** What stands for images that could not be read, and what deals with it. */
function unreadRows({ codes }: FeatureManifest): string {
  if (codes !== undefined) return "all bits of their codes are 0";
  return "their rows hold NaN; `encode` needs --failed mean, or mend or remove them and extract into a new folder";
}

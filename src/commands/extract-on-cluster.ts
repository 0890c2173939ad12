import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { datasetNames } from "../catalogue/open-dataset.js";
import type { ArrayWork, NamedPath } from "../cluster/array-work.js";
import { CORES_OF_TASK, filesOfWork, TASK_OF_ALL } from "../cluster/array-work.js";
import type { Word } from "../cluster/shell-text.js";
import { shellQuoted, withVariables } from "../cluster/shell-text.js";
import { InputError, UsageError } from "../core/errors.js";
import type { Dataset } from "../datasets/dataset.js";
import type { PlannedFeatures } from "../features/other-features.js";
import type { ClusterFlags, PrintedForm } from "./cluster-options.js";
import { environmentForTasks, wordsForTask } from "./cluster-options.js";
import { isKnownDataset, pathsOfFlags } from "./cluster-paths.js";
import { printWork, runOnSlurm } from "./on-cluster.js";

/** Flags of an extraction that matter to a cluster. */
export interface ExtractOnClusterFlags extends ClusterFlags {
  dataset: string;
  model?: string;
  out?: string;
  root?: string;
  nodeRoot?: string;
  threads?: number;
  precision?: string;
  ranges?: string;
  pool?: unknown;
  json: boolean;
}

/** `hashbook extract --print`: what a cluster would be given. */
export async function printExtraction(
  flags: ExtractOnClusterFlags,
  form: PrintedForm,
  command: Command,
): Promise<void> {
  const work = extractionWork(flags, command, { images: 0 });
  await printWork({ ...work, notes: [await lookedAt(flags)] }, form, flags);
}

/**
 * What a reader of printed tasks should know of the dataset.
 * @throws {InputError} when Slurm's nodes, which see what is seen here, could not find it either
 */
async function lookedAt({ dataset, print, nodeRoot }: ExtractOnClusterFlags): Promise<string> {
  const each = "no lists of shards were made, which --on slurm makes: each task opens the whole dataset";
  if (isKnownDataset(dataset)) return each;
  const isHere = await stat(dataset).then(
    () => true,
    () => false,
  );
  const where = nodeRoot ?? dataset;
  if (!isHere && print === "slurm" && nodeRoot === undefined) {
    throw new InputError("there is no dataset of this name, and no such folder or file", {
      file: dataset,
      expected: "a path that is seen here and on the nodes; or --node-root, where each node has its own copy",
    });
  }
  return `${each}, and ${where} was not looked at`;
}

/** Files and folders that the tasks read and write, as they were given. */
function pathsOf(flags: ExtractOnClusterFlags, command: Command): readonly NamedPath[] {
  const dataset = flags.nodeRoot !== undefined || isKnownDataset(flags.dataset) ? [] : ["dataset"];
  const root = flags.nodeRoot !== undefined && isKnownDataset(flags.dataset) ? [] : ["root"];
  const network = /\.onnx$/.test(String(command.getOptionValue("backbone"))) ? ["backbone"] : [];
  return pathsOfFlags(command, [...dataset, ...root, ...network, ...PATHS]);
}

/** Names of options whose values are paths, beside those of the dataset. */
const PATHS: readonly string[] = [
  "out",
  "model",
  "method",
  "weights",
  "ranges",
  "lists",
  "images",
  "classNames",
  "mergeProducts",
];

/** `hashbook extract --on slurm`: every shard is a task, and a job that comes after them merges. */
export async function submitExtraction(
  flags: ExtractOnClusterFlags,
  { dataset, backbone }: Pick<PlannedFeatures, "dataset" | "backbone">,
  command: Command,
): Promise<void> {
  const { length: images } = dataset.ids;
  const { place, shards } = partsOf(flags);
  if (shards > images) {
    throw new UsageError("there are more --shards than images", { expected: `up to ${images}`, actual: `${shards}` });
  }
  const { checkDivision, shardFolder } = await import("../features/shards.js");
  const { checkNoOtherFeatures } = await import("../features/other-features.js");
  const { codesModel } = await import("./codes-model.js");
  const { readSubmission } = await import("../cluster/submission-file.js");
  await checkDivision(place, { index: 1, of: shards });
  await readSubmission(submissionFile(place)); // a damaged one is told of before anything is written
  const model = flags.model === undefined ? undefined : (await codesModel(flags.model)).hash;
  const parts = Array.from({ length: shards }, (_, i) => shardFolder(place, { index: i + 1, of: shards }));
  const planned = { dataset, backbone, model, learnsFirst: learnsFirst(flags) };
  // What is done is only found by its marks, which do not know that a dataset has grown.
  for (const folder of [place, ...parts]) await checkNoOtherFeatures(folder, planned);
  await runWork(extractionWork(flags, command, { images, lists: await listShards(dataset, flags) }), flags);
}

/** `hashbook extract --on slurm --follow`: watches what was submitted, and opens no dataset for that. */
export async function followExtraction(flags: ExtractOnClusterFlags, command: Command): Promise<void> {
  const { readSubmission } = await import("../cluster/submission-file.js");
  const { units: images = 0 } = (await readSubmission(submissionFile(partsOf(flags).place))) ?? {};
  await runWork(extractionWork(flags, command, { images }), flags);
}

async function runWork(work: ArrayWork, flags: ExtractOnClusterFlags): Promise<void> {
  const { place, tasks: of } = work;
  const { shardFolder } = await import("../features/shards.js");
  const matrix = flags.model === undefined ? "features.npy" : "codes.npy";
  const holds = (folder: string): Promise<boolean> =>
    stat(join(folder, matrix)).then(
      () => true,
      () => false,
    );
  const isTaskWhole = (index: number): Promise<boolean> => holds(shardFolder(place, { index, of }));
  const outcome = await runOnSlurm({ work, isTaskWhole, isAfterWhole: () => holds(place) }, flags);
  if (flags.json) process.stdout.write(`${JSON.stringify({ folder: place, ...outcome })}\n`);
  else if (outcome.over) process.stdout.write(`${await mergedText(place)}\n`);
}

/** @throws {UsageError} where there is no place, or no number of parts */
function partsOf({ out, shards }: ExtractOnClusterFlags): { readonly place: string; readonly shards: number } {
  if (out !== undefined && shards !== undefined) return { place: resolve(out), shards };
  throw new UsageError("on a cluster an extraction needs --shards, and --out, a folder that all nodes see", {
    expected: "for example --shards 64 --out features/",
  });
}

function submissionFile(place: string): string {
  return filesOfWork({ folder: clusterFolder(place), after: { name: "merge" } }).submitted;
}

/** Scripts, logs, marks and lists of an extraction. */
function clusterFolder(place: string): string {
  return join(place, "cluster");
}

function extractionWork(
  flags: ExtractOnClusterFlags,
  command: Command,
  { images, lists }: { readonly images: number; readonly lists?: string },
): ArrayWork {
  const { place, shards } = partsOf(flags);
  const threads = flags.threads === undefined ? ["--threads", CORES_OF_TASK] : [];
  return {
    name: "extract",
    place,
    folder: clusterFolder(place),
    tasks: shards,
    task: [...taskWords(command, flags, lists), ...threads],
    after: {
      name: "merge",
      command: [flags.model === undefined ? "features" : "codes", "merge", flags.out!],
      needsAll: true,
    },
    cwd: process.cwd(),
    environment: environmentForTasks(),
    paths: pathsOf(flags, command),
    needsHome: false,
    units: { name: "images", total: images },
  };
}

/** Whether something is learned of images first, which may be any of them. */
function learnsFirst({ precision, ranges, pool }: ExtractOnClusterFlags): boolean {
  return (precision === "int8" && ranges === undefined) || pool === "learned";
}

/** Lists of the shards, for images that are files; undefined where each task opens the dataset itself. */
async function listShards(dataset: Dataset, flags: ExtractOnClusterFlags): Promise<string | undefined> {
  const { place, shards } = partsOf(flags);
  const folder = join(clusterFolder(place), "lists");
  if (learnsFirst(flags)) return undefined;
  const { writeShardLists } = await import("../features/shard-list.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const isListed = await writeShardLists(folder, dataset, { of: shards, onProgress: terminalProgress() });
  return isListed ? folder : undefined;
}

function taskWords(command: Command, flags: ExtractOnClusterFlags, lists: string | undefined): Word[] {
  const { nodeRoot } = flags;
  // By a list, or by the name of a dataset, --root is where it is; a path is what there is to say of another one.
  const rooted = lists !== undefined || datasetNames.includes(flags.dataset) ? "--root" : "--dataset";
  return [
    "extract",
    ...wordsForTask(command, ["--json", "--node-root", ...(nodeRoot === undefined ? [] : [rooted])]),
    ...["--shard", TASK_OF_ALL],
    ...(lists === undefined ? [] : ["--shard-list", { shell: `${shellQuoted(lists)}/"$i-of-$n.json"` }]),
    ...(nodeRoot === undefined ? [] : [rooted, withVariables(nodeRoot)]),
  ];
}

/** What is there when all is done, in words. */
async function mergedText(folder: string): Promise<string> {
  const { readFeatureManifest } = await import("../features/feature-manifest.js");
  const manifest = await readFeatureManifest(folder);
  if (manifest === undefined) throw new InputError("there is no manifest", { file: folder, expected: "a data folder" });
  const { codes, shape } = manifest;
  const what = codes === undefined ? `features (${shape.join(", ")})` : `${shape[0]} codes of ${codes.bits} bits`;
  return `merged ${what} in ${folder}`;
}

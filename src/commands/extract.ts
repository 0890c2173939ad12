import { Command } from "commander";
import type { EngineName } from "../compute/engine.js";
import { datasetNames } from "../datasets/open-dataset.js";
import { wholeNumber } from "./numbers.js";

interface ExtractFlags {
  dataset: string;
  backbone: string;
  out?: string;
  root?: string;
  engine?: EngineName;
  batch: number;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook extract --dataset fashion-mnist-10k --out features/
  $ hashbook extract --dataset pictures/ --backbone efficientnet-lite0 --out features/ --json

Writes features.npy (n, dim), labels.npy (n) and manifest.json, which says how they were made. A second call with the
same settings finds them; one after a kill continues where the first stopped.`;

/** `hashbook extract`: features of all images of a dataset. */
export function extractCommand(): Command {
  return new Command("extract")
    .description("run a frozen backbone over a dataset, once; resumes")
    .requiredOption("--dataset <name>", `${datasetNames.join(", ")}, or the path of an image folder or a label file`)
    .option("--backbone <name>", "network with pretrained weights", "efficientnet-lite0")
    .option("--out <folder>", "where to write; default: data/features/<dataset>-<backbone>-<hash>")
    .option("--root <path>", "where the dataset is, when not at its usual place")
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow or wasm; default: the best that is there")
    .option("--batch <images>", "images an engine call", wholeNumber(1), 16)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(extract);
}

async function extract({ out, root, engine: engineName, batch, json, ...names }: ExtractFlags): Promise<void> {
  const { openDataset } = await import("../datasets/open-dataset.js");
  const { openBackbone } = await import("../backbone/backbone.js");
  const { chooseEngine } = await import("../compute/engine.js");
  const { extractFeatures } = await import("../features/extract.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const dataset = await openDataset(names.dataset, { root });
  const backbone = await openBackbone(names.backbone);
  const { engine, reason } = await chooseEngine({ engine: engineName });
  process.stderr.write(`engine ${engine.name}: ${engine.description} (${reason})\n`);
  const onProgress = terminalProgress();
  const set = await extractFeatures(dataset, backbone, engine, { folder: out, batchSize: batch, onProgress });
  const { folder, manifest, cached, seconds } = set;
  const text = `${cached ? "found" : "wrote"} features (${manifest.shape.join(", ")}) in ${folder}, ${seconds.toFixed(1)} s`;
  process.stdout.write(`${json ? JSON.stringify({ folder, cached, seconds, manifest }) : text}\n`);
}

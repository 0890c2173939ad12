import { Command, InvalidArgumentError } from "commander";
import { UsageError } from "../core/errors.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { filesOfData } from "./read-files.js";

interface JoinFlags {
  out: string;
  weights?: number[];
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook features join small/ large/ --out both/
  $ hashbook features join resnet/ densenet/ lite/ --weights 1,1,0.5 --out three/ --json

Puts features of the same images side by side: of each the parts, each of length 1 times its weight, so that the cosine of
two images is the mean of those of the parts, weighted by the squares. The folders must be of the same images in the same
order. The manifest names each part; a model trained on such features takes features, no pictures.`;

/** `hashbook features join`. */
export function joinCommand(): Command {
  return new Command("join")
    .description("put features of several networks side by side")
    .argument("<folders...>", "two data folders or more, of the same images")
    .requiredOption("--out <folder>", "data folder to write")
    .option("--weights <w,w,…>", "a number above 0 for each folder; default: 1 each", weightsOption)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(join);
}

function weightsOption(text: string): number[] {
  const weights = text.split(",").map(Number);
  if (weights.every(weight => weight > 0 && weight < Infinity)) return weights;
  throw new InvalidArgumentError("Expected numbers above 0, for example 1,0.5.");
}

async function join(folders: readonly string[], { out, weights, json }: JoinFlags): Promise<void> {
  const { joinFeatures } = await import("../features/join-features.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  if (folders.length < 2 || (weights !== undefined && weights.length !== folders.length)) {
    throw new UsageError("these features cannot be joined so", {
      expected: "two folders or more, and as many weights",
      actual: `${folders.length} folders, ${weights?.length ?? "no"} weights`,
    });
  }
  await checkOverwritesNothing({ "--out": filesOfData(out) }, { "<folders>": folders.flatMap(filesOfData) });
  const made = await joinFeatures(folders, { weights, out, onProgress: terminalProgress() });
  const { manifest, failed, cached } = made;
  const text = `${cached ? "found" : "wrote"} features (${manifest.shape.join(", ")}) in ${out}, ${failed.length} images unreadable`;
  process.stdout.write(`${json ? JSON.stringify(made) : text}\n`);
}

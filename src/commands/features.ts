import { Command } from "commander";
import { joinCommand } from "./features-join.js";
import { whitenCommand } from "./features-whiten.js";

const EXAMPLES = `
Examples:
  $ hashbook extract --dataset digix/ --backbone resnet50 --out features/ --shard 1/2     on one machine
  $ hashbook extract --dataset digix/ --backbone resnet50 --out features/ --shard 2/2     on another
  $ hashbook features merge features/

Joins the data folders features/shard-1-of-2 and features/shard-2-of-2 into features/: byte for byte what one undivided
run on the same engine with the same --batch writes; shards made with others agree with it to rounding. Shards must tile
the dataset: one that is missing, doubled or of another division or make is named. Copies of the dataset on several
machines are one dataset.`;

/** `hashbook features`: what is done with extracted features. */
export function featuresCommand(): Command {
  const merge = new Command("merge")
    .description("join the shards of an extraction")
    .argument("<folder>", "the --out of `hashbook extract --shard`")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(mergeShards);
  return new Command("features")
    .description("merge, join, whiten extracted features")
    .addCommand(merge)
    .addCommand(joinCommand())
    .addCommand(whitenCommand());
}

async function mergeShards(folder: string, { json }: { json: boolean }): Promise<void> {
  const { mergeFeatures } = await import("../features/merge.js");
  const merged = await mergeFeatures(folder);
  const { manifest, failed } = merged;
  const text = `wrote features (${manifest.shape.join(", ")}) in ${folder}, ${failed.length} images unreadable`;
  process.stdout.write(`${json ? JSON.stringify(merged) : text}\n`);
}

import { Command } from "commander";
import { ADDRESS_HELP } from "./gallery-address-help.js";
import { givenAddress, withWaitingNote } from "./given-address.js";
import { wholeNumber } from "./numbers.js";

const EXAMPLES = `
Examples:
  $ hashbook gallery info milvus://localhost:19530/shoes      says how many rows it has
  $ hashbook gallery drop milvus://localhost:19530/shoes --rows 1000000

Only what \`gallery push\` has made is removed, and only when it was pushed of that many codes.
${ADDRESS_HELP}`;

/** `hashbook gallery drop`: removes a gallery from an engine. */
export function galleryDropCommand(): Command {
  return new Command("drop")
    .description("remove a gallery from an engine, with all its codes")
    .argument("<address>", "milvus://host:port/collection or clickhouse://host:port/table")
    .requiredOption("--rows <n>", "how many codes it is of, as info says", wholeNumber(0))
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(drop);
}

async function drop(address: string, { rows, json }: { rows: number; json: boolean }): Promise<void> {
  const { dropGallery } = await import("../galleries/gallery-info.js");
  const dropped = await withWaitingNote(givenAddress(address), () => dropGallery(address, rows));
  process.stdout.write(`${json ? JSON.stringify(dropped) : `removed ${rows} codes of ${dropped.gallery}`}\n`);
}

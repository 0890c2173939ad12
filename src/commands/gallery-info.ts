import { Command } from "commander";
import type { GalleryInfo } from "../galleries/gallery-info.js";
import type { StoreIndex } from "../galleries/gallery-record.js";
import { rowsHeld } from "../galleries/gallery-record.js";
import { ADDRESS_HELP } from "./gallery-address-help.js";
import { givenAddress, withWaitingNote } from "./given-address.js";

const EXAMPLES = `
Examples:
  $ hashbook gallery info milvus://localhost:19530/shoes
  $ hashbook gallery info clickhouse://localhost:8123/shoes --json
${ADDRESS_HELP}`;

/** `hashbook gallery info`: what a gallery in an engine is. */
export function galleryInfoCommand(): Command {
  return new Command("info")
    .description("say what a gallery in an engine is, and whether all of it is there")
    .argument("<address>", "milvus://host:port/collection or clickhouse://host:port/table")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(info);
}

async function info(address: string, { json }: { json: boolean }): Promise<void> {
  const { galleryInfo } = await import("../galleries/gallery-info.js");
  const found = await withWaitingNote(givenAddress(address), () => galleryInfo(address));
  process.stdout.write(`${json ? JSON.stringify(found) : infoText(found)}\n`);
}

const INDEX: Readonly<Record<StoreIndex, string>> = {
  flat: "all codes are compared: results are exact",
  ivf: "an inverted file: some neighbours are missed",
};

function infoText({ gallery, engine, stored, rows, unread, bits, ids, ...more }: GalleryInfo): string {
  const { labels, model, index, lists } = more;
  const held = rowsHeld({ rows, unread });
  const part = stored === held ? `${held} codes` : `${stored} of ${held} codes, push again to add the others`;
  return [
    `${gallery}, in ${engine}: ${part}, of ${bits} bits`,
    ...(unread === undefined ? [] : [`left out: ${unread.count} images that could not be read`]),
    `index: ${INDEX[index]}${lists === undefined ? "" : `; ${lists} lists`}`,
    `ids: ${ids === undefined ? "none" : `one a row, at most ${ids.longest} bytes`}`,
    `labels: ${labels === undefined ? "none" : `${labels.form} a row, of ${labels.classes} classes`}`,
    `model: ${model ?? "not known"}`,
  ].join("\n");
}

import { Command } from "commander";
import { MAX_BITS } from "../codes/packed-codes.js";
import type { Progress } from "../core/progress.js";
import type { StoreIndex } from "../galleries/gallery-record.js";
import { stopOnSignal } from "./abort-on-signal.js";
import { ADDRESS_HELP } from "./gallery-address-help.js";
import { givenAddress, withWaitingNote } from "./given-address.js";
import { oneOf, wholeNumber } from "./numbers.js";

interface PushFlags {
  to: string;
  bits?: number;
  ids?: string;
  labels?: string;
  index?: StoreIndex;
  nlist?: number;
  json: boolean;
}

const INDEXES: readonly StoreIndex[] = ["flat", "ivf"];

const EXAMPLES = `
Examples:
  $ hashbook gallery push codes.npy --to milvus://localhost:19530/shoes
  $ hashbook gallery push codes.npy --bits 64 --ids names.txt --labels labels.npy --to milvus://localhost/shoes --index ivf
  $ hashbook gallery push codes.npy --to clickhouse://localhost:8123/shoes
  $ hashbook search --model model/ --gallery milvus://localhost:19530/shoes --query shoe.png

Ids and labels that lie beside codes (codes.ids.txt, labels.npy of the same items) are taken. After Ctrl-C, or when anything
was gone, the same command goes on where it stopped: rows are counted in the engine. A second push of the same file waits for
the first. What is there under this name and is not the same gallery is refused. Images that \`extract\` could not read are left
out. Codes are read twice and never held whole.
${ADDRESS_HELP}`;

/** `hashbook gallery push`: codes into an engine, to be searched there. */
export function galleryPushCommand(): Command {
  const bitsHelp = `bits of a code, 1..${MAX_BITS}; needed for packed codes from elsewhere`;
  return new Command("push")
    .description("put codes into Milvus or ClickHouse, to be searched there")
    .argument("<codes>", "codes as `encode` and `extract --model` write them, .npy")
    .requiredOption("--to <address>", "milvus://host:port/collection or clickhouse://host:port/table")
    .option("--bits <K>", bitsHelp, wholeNumber(1, MAX_BITS))
    .option("--ids <file>", "names of the rows, a line each; default: those beside the codes")
    .option("--labels <file>", "classes of the rows, .npy, to filter by; default: those beside the codes")
    .option(
      "--index <name>",
      "flat: all codes are compared, exact; ivf: an inverted file of Milvus, which misses some; default: flat",
      oneOf(INDEXES),
    )
    .option("--nlist <n>", "lists of ivf; default: √rows", wholeNumber(1, 65536))
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(push);
}

async function push(codes: string, { to, nlist, json, ...options }: PushFlags): Promise<void> {
  const { pushGallery } = await import("../galleries/push-gallery.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const address = givenAddress(to);
  const show = terminalProgress({ keep: true });
  const work = (signal: AbortSignal) =>
    withWaitingNote(address, answered => {
      const onProgress = (progress: Progress): void => {
        answered();
        show(progress);
      };
      return pushGallery(codes, to, { ...options, lists: nlist, signal, onProgress });
    });
  const pushed = await stopOnSignal(work, "what was added stays, and the same command goes on from there");
  if (pushed === undefined) return;
  const { gallery, rows, unread, bits, found } = pushed;
  const before = found === 0 ? "" : `, ${found} of which were there`;
  process.stdout.write(
    `${json ? JSON.stringify(pushed) : `${gallery} holds ${rows - unread} codes of ${bits} bits${before}`}\n`,
  );
  if (unread > 0 && !json) process.stderr.write(`${unread} images could not be read: they were left out\n`);
}

import { Command } from "commander";
import { UsageError } from "../core/errors.js";
import { stopOnSignal } from "./abort-on-signal.js";

interface MergeFlags {
  out?: string;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook extract --dataset digix/ --model model/ --out gallery/ --shard 1/2     on one machine
  $ hashbook extract --dataset digix/ --model model/ --out gallery/ --shard 2/2     on another
  $ hashbook codes merge gallery/
  $ hashbook codes merge part-1.npy part-2.npy --out codes.npy     of \`encode\` of two shards of features

Joins codes of parts of one dataset, made by one model. A folder of shards becomes what one undivided run writes there;
files are given in the order of their rows, and the file beside each (part-1.json) says which these are. A part that is missing,
doubled, of another model or other data is named. Codes are copied some at a time; ids and labels are held.`;

/** `hashbook codes`: what is done with codes of parts. */
export function codesCommand(): Command {
  const merge = new Command("merge")
    .description("join codes of shards")
    .argument("<parts...>", "the --out of `hashbook extract --model --shard`, or files of codes in order")
    .option("--out <file>", "codes to write, .npy, where files are joined")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(mergeParts);
  return new Command("codes").description("join codes of parts of a dataset").addCommand(merge);
}

async function mergeParts(parts: string[], { out, json }: MergeFlags): Promise<void> {
  const document = out === undefined ? await mergeFolder(parts) : await mergeFiles(parts, out);
  if (document === undefined) return;
  const { rows, bits, out: written } = document;
  process.stdout.write(`${json ? JSON.stringify(document) : `wrote ${rows} codes of ${bits} bits in ${written}`}\n`);
}

interface Merged {
  readonly out: string;
  readonly rows: number;
  readonly bits: number;
}

async function mergeFolder([folder, ...more]: string[]): Promise<Merged> {
  if (more.length > 0) throw new UsageError("files are joined into another", { expected: "--out FILE.npy" });
  const { mergeCodeShards } = await import("../features/merge.js");
  const { manifest, codes } = await mergeCodeShards(folder);
  return { out: folder, rows: manifest.shape[0], bits: codes.bits };
}

async function mergeFiles(files: string[], out: string): Promise<Merged | undefined> {
  const { writeAlone } = await import("../core/output-files.js");
  const { checkOverwritesNothing } = await import("../core/overwriting.js");
  const { checkSidecarPlace, idsFile, sidecarFile } = await import("../features/codes-sidecar.js");
  const { mergeCodes } = await import("../features/merge-codes.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { filesOfCodes } = await import("./read-files.js");
  await checkOverwritesNothing({ "--out": filesOfCodes(out) }, { "what is joined": files.flatMap(filesOfCodes) });
  await checkSidecarPlace(out);
  const work = (signal: AbortSignal) => {
    const options = { signal, onProgress: terminalProgress() };
    return writeAlone([out, sidecarFile(out), idsFile(out)], () => mergeCodes(files, out, options), { signal });
  };
  const merged = await stopOnSignal(work, "nothing is left of the joined codes");
  return merged === undefined ? undefined : { out, rows: merged.rows, bits: merged.bits };
}

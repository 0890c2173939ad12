import { Command } from "commander";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { bytesText } from "../core/size-text.js";
import type { Packed } from "../reproduction/pack-record.js";

interface PackFlags {
  readonly out: string;
  readonly withData: boolean;
  readonly data?: string;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook runs pack my-study --out my-study.tar.gz
  $ hashbook runs pack my-study/dch-48-s0 --out run.tar.gz --with-data
  $ hashbook reproduce run.tar.gz

Writes records, codes, models and the files of methods of one's own (which import nothing) into one archive; with --with-data
the features too, so that \`hashbook reproduce\` needs nothing else, on any machine. Without, the data is opened there as the
record says: a known dataset by its name, a data folder by its path or by --data. Absolute paths are cut to their last names,
so that a pack shows nobody's; what files of methods say, nobody looks at. Of one run alone the spread of seeds is not known.`;

/** `hashbook runs pack`: a study for a colleague. */
export function runsPackCommand(): Command {
  return new Command("pack")
    .description("write a study or a run into one archive that can be run again elsewhere")
    .argument("<record>", "a study, study/run, or the folder of either")
    .requiredOption("--out <file>", "the .tar.gz to write")
    .option("--with-data", "put the features in", false)
    .option("--data <folder>", "data folder of `extract` to take them from; default: as the record says")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(packRuns);
}

async function packRuns(record: string, { out, withData, data, json }: PackFlags): Promise<void> {
  const { UsageError } = await import("../core/errors.js");
  const { isPack } = await import("../reproduction/unpack-record.js");
  const { findRecord } = await import("../reproduction/find-record.js");
  const { packRecord } = await import("../reproduction/pack-record.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  if (!isPack(out)) {
    throw new UsageError("a pack needs the name of one", { file: out, expected: "--out NAME.tar.gz" });
  }
  const { study } = await findRecord(record);
  await checkOverwritesNothing({ "--out": out }, {}, { folders: { "<record>": study.folder, "--data": data } });
  const packed = await packRecord(record, out, { withData, data, onProgress: terminalProgress() });
  process.stdout.write(`${json ? JSON.stringify(packed) : textOf(packed)}\n`);
}

function textOf({ file, bytes, study, runs, withData, methods }: Packed): string {
  const own = methods.length === 0 ? "" : `, methods ${methods.join(", ")}`;
  const data = withData ? "with data" : "without data";
  return `wrote ${file}: ${runs.length} runs of ${study}, ${data}${own}, ${bytesText(bytes)}`;
}

import { Command } from "commander";
import { shownNumber } from "../core/shown-number.js";
import type { Accepted, MeasureChange, Reproduction, RunReproduction } from "../reproduction/reproduction.js";
import { changedTexts, verdictsText } from "../reproduction/reproduction-words.js";
import { abortOnSignal } from "./abort-on-signal.js";
import { numberAbove, oneOf } from "./numbers.js";

interface ReproduceFlags {
  readonly data?: string;
  readonly tolerance: number;
  readonly accept: Accepted;
  readonly quickest: boolean;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook reproduce my-study
  $ hashbook reproduce my-study/dch-48-s0
  $ hashbook reproduce records/published --quickest
  $ hashbook reproduce my-study.tar.gz

Runs every run of a record again, from its settings and its data, and uses nothing that is stored of it. Says of each:
  bit-equal                       codes and weights are the same to the last bit
  within tolerance                every measure is within 0.003 (--tolerance) of the recorded one
  within the spread of its seeds  every measure is as near as another seed's would be, by the seeds of its study
  different, not computed         none of these; it could not be run
and what is not as it was: data, code, version, machine, engine. Ends with 1 unless all are of the first two, with --accept
spread of the first three. A pack (\`hashbook runs pack\`) brings its data with it, or it is opened as the record says;
methods of one's own that it brings are run: read them first. What is computed goes to a temporary folder.

Bits are the same on machines whose processors round alike. Where they do not, trainings amplify it as another seed would:
features of Fashion-MNIST off by 1e-6 moved mAP at 48 bits by up to 0.007, and top-1, which hangs on ties, by 0.063. The
spread is √2 · t · s: the deviation s over the seeds of the same method, length and settings, t of Student's distribution,
so that each measure is within for 99 of 100 trainings of another seed: 14 s for three seeds, the fewest, 6.5 s for five.
Of trainings on record, held against three or four other seeds, 9 % were outside in some measure (by 2.8 s: 68 to 79 %).`;

/** `hashbook reproduce`: runs a record again and compares. */
export function reproduceCommand(): Command {
  return new Command("reproduce")
    .description("run a recorded study or run again, and say whether it gives the same")
    .argument("<record>", "a study, study/run, the folder of either, or a pack (.tar.gz)")
    .option("--data <folder>", "data folder of `extract` to use; default: the data as the record says")
    .option("--tolerance <x>", "how far a measure may be from the recorded one", numberAbove(0, 1), 0.003)
    .option(
      "--accept <verdict>",
      "what holds at the least: tolerance, spread",
      oneOf(["tolerance", "spread"]),
      "tolerance",
    )
    .option("--quickest", "of each method only the run that was quickest to train", false)
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(reproduceRecord);
}

async function reproduceRecord(record: string, { json, ...flags }: ReproduceFlags): Promise<void> {
  const { reproduce } = await import("../reproduction/reproduce.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { signal, forget } = abortOnSignal();
  const onRun = json ? undefined : (run: RunReproduction) => void process.stdout.write(`${runLine(run)}\n`);
  try {
    const reproduction = await reproduce(record, { ...flags, signal, onProgress: terminalProgress(), onRun });
    process.stdout.write(`${json ? JSON.stringify(reproduction) : summaryText(reproduction)}\n`);
    if (!reproduction.holds) process.exitCode = 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`hashbook: ${(error as Error).message}\n`);
    process.exitCode = 130;
  } finally {
    forget();
  }
}

function runLine({ name, verdict, furthest, seeds, seconds }: RunReproduction): string {
  const isMoved = furthest !== undefined && furthest.now !== furthest.recorded;
  const at = isMoved ? `  furthest: ${changeText(furthest, seeds)}` : "";
  return `${name.padEnd(24)}  ${verdict.padEnd(16)}  ${seconds.toFixed(1).padStart(6)} s${at}`;
}

function changeText({ measure, recorded, now, seedReach }: MeasureChange, seeds: number | undefined): string {
  const spread = seedReach === undefined ? "" : ` (another seed, by ${seeds}: ±${shownNumber(seedReach, 4)})`;
  return `${measure} ${shownNumber(now, 4)}, was ${shownNumber(recorded, 4)}${spread}`;
}

function summaryText(reproduction: Reproduction): string {
  const changed = changedTexts(reproduction).map(text => `  ${text}`);
  const title = `${reproduction.study}: ${verdictsText(reproduction)}`;
  return [title, ...(changed.length === 0 ? ["all is as it was"] : ["not as it was:", ...changed])].join("\n");
}

import { Command } from "commander";
import { shownNumber } from "../core/shown-number.js";
import type { MeasureChange, Reproduction, RunReproduction, Verdict } from "../reproduction/reproduction.js";
import { abortOnSignal } from "./abort-on-signal.js";
import { numberAbove } from "./numbers.js";

interface ReproduceFlags {
  readonly data?: string;
  readonly tolerance: number;
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
  bit-equal          codes and weights are the same to the last bit
  within tolerance   every measure is within 0.003 (--tolerance) of the recorded one
  different          neither; and not computed, where it could not be run
and what is not as it was: data, code, version, machine, engine. Ends with 1 unless all are one of the first two. A pack
(\`hashbook runs pack\`) brings its data with it, or it is opened as the record says; methods of one's own that it brings are
run: read them first. What is computed goes to a temporary folder.

Bits are the same on machines whose processors round alike. Where they do not, trainings amplify it as another seed would:
features of Fashion-MNIST off by 1e-6 moved mAP at 48 bits by up to 0.010, and top-1, which hangs on ties, by 0.063.`;

/** `hashbook reproduce`: runs a record again and compares. */
export function reproduceCommand(): Command {
  return new Command("reproduce")
    .description("run a recorded study or run again, and say whether it gives the same")
    .argument("<record>", "a study, study/run, the folder of either, or a pack (.tar.gz)")
    .option("--data <folder>", "data folder of `extract` to use; default: the data as the record says")
    .option("--tolerance <x>", "how far a measure may be from the recorded one", numberAbove(0, 1), 0.003)
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

function runLine({ name, verdict, largest, seconds }: RunReproduction): string {
  const at = largest === undefined || largest.now === largest.recorded ? "" : `  ${changeText(largest)}`;
  return `${name.padEnd(24)}  ${verdict.padEnd(16)}  ${seconds.toFixed(1).padStart(6)} s${at}`;
}

function changeText({ measure, recorded, now }: MeasureChange): string {
  return `furthest: ${measure} ${shownNumber(now, 4)}, was ${shownNumber(recorded, 4)}`;
}

function summaryText({ study, runs, tolerance }: Reproduction): string {
  const counts = new Map<Verdict, number>();
  for (const { verdict } of runs) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const verdicts = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(", ");
  const changed = new Map<string, string[]>();
  for (const run of runs) for (const what of run.changed) changed.set(what, [...(changed.get(what) ?? []), run.name]);
  const lines = [...changed].map(
    ([what, names]) => `  ${what}${names.length === runs.length ? "" : ` (${names.join(", ")})`}`,
  );
  const title = `${study}: ${verdicts}${counts.has("within tolerance") ? ` (${tolerance})` : ""}`;
  return [title, ...(lines.length === 0 ? ["all is as it was"] : ["not as it was:", ...lines])].join("\n");
}

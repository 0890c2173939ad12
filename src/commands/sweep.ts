import { Command } from "commander";
import { abortOnSignal } from "./abort-on-signal.js";
import { wholeNumber } from "./numbers.js";
import type { SweepDataFlags } from "./sweep-data.js";
import { addSweepDataOptions, openSweepData } from "./sweep-data.js";

interface SweepFlags extends SweepDataFlags {
  multirun?: readonly string[];
  name?: string;
  workers?: number;
  random?: number;
  randomSeed: number;
  select: boolean;
  allowSeen: boolean;
  cosine: boolean;
  mlflow?: string;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook sweep --dataset fashion-mnist-10k -m method=hashnet,dch,lsh bits=16,32,48,64 seed=0..2
  $ hashbook sweep --data work/ -m method=dch,./mine.js bits=48 seed=0..4 dch.gamma=5,10,20 epochs=60 --name gamma
  $ hashbook sweep --data work/ -m method=dch bits=32 'learningRate=log(1e-4,1e-2)' --random 20 --select

-m takes words name=values, as Hydra's -m does; commas separate what is tried, 0..2 are 0, 1 and 2, [512,256] is one value:
  method=     known names, and files that define one (train --help)
  bits= seed= whole numbers
  epochs= learningRate= optimizer.kind= …   settings of all trainings (train --help); fits have none of them
  dch.gamma= …                              options of a method; dch.preset=NAME begins with a preset of it
With --random N so many settings are drawn for each method, of lists and of ranges: interval(5,50), log(1e-4,1e-2),
integers(4,64).

Every method is run at every length with every seed and all settings, as many trainings at a time as there are cores, each
in a process of its own. The same command after a kill or Ctrl-C goes on where it was; one that asks for more under the same
--name adds to it. A run that fails is listed, keeps no other from running, and the command then ends with 1.
With --select the settings of each method and length are chosen by the mean over seeds of the final models' mAP on rows held
out of the train rows; only the chosen ones are judged by the queries, and the record says so.
All is recorded in runs/studies/<name>/.`;

/** `hashbook sweep`: a study of many trainings. */
export function sweepCommand(): Command {
  return addSweepDataOptions(new Command("sweep"))
    .description("run a study: methods by bits by seeds by settings; resumes")
    .option("-m, --multirun <words...>", "what is run, as method=hashnet,dch bits=16,32 seed=0..2")
    .option("--name <id>", "of the study; default: made of what is asked for and the data")
    .option("--workers <n>", "trainings at a time; default: the cores", wholeNumber(1, 1024))
    .option("--random <n>", "draw so many settings for each method instead of trying all", wholeNumber(1))
    .option("--random-seed <n>", "of the draws", wholeNumber(0), 0)
    .option("--select", "choose settings by validation, and judge only the chosen ones by the queries", false)
    .option("--allow-seen", "go on where queries are learned from, and say so", false)
    .option("--no-cosine", "do not measure exhaustive search on the features")
    .option("--mlflow <url>", "send what is recorded to a tracking server too")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(sweepFlags);
}

async function sweepFlags(flags: SweepFlags): Promise<void> {
  const { UsageError } = await import("../core/errors.js");
  const { definitionOfWords } = await import("../sweeps/sweep-words.js");
  if (flags.multirun === undefined) {
    throw new UsageError("say what is to be run", { expected: "-m method=hashnet,dch bits=16,32 seed=0..2" });
  }
  const definition = await definitionOfWords(flags.multirun);
  const { name, workers, select, cosine, allowSeen, mlflow } = flags;
  const random = flags.random === undefined ? {} : { random: { draws: flags.random, seed: flags.randomSeed } };
  const data = await openSweepData(flags);
  const { sweep } = await import("../sweeps/sweep.js");
  const { signal, forget } = abortOnSignal();
  try {
    const options = { ...definition, ...random, name, workers, select, cosine, allowSeen, mlflow, signal };
    await report(await sweep(data, options), flags);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`hashbook: ${(error as Error).message}; the same command goes on\n`);
    process.exitCode = 130;
  } finally {
    forget();
  }
}

async function report(
  study: Awaited<ReturnType<typeof import("../sweeps/sweep.js")["sweep"]>>,
  { json }: SweepFlags,
): Promise<void> {
  const { resultRows } = await import("../experiments/result.js");
  const { tablePlain } = await import("../notebook/table.js");
  const { id, folder, runs, failed, missing, selection } = study;
  const results = runs.flatMap(({ result }) => result ?? []);
  if (failed.length > 0) process.exitCode = 1;
  if (json) {
    const documents = runs.map(({ record, validationMAP, result }) => ({
      name: record.name,
      ...(validationMAP === undefined ? {} : { validationMAP }),
      ...(result === undefined ? {} : { mAP: result.evaluation.mAP }),
    }));
    process.stdout.write(`${JSON.stringify({ study: id, folder, runs: documents, failed, missing, selection })}\n`);
    return;
  }
  const lines = [...(results.length === 0 ? [] : [tablePlain(resultRows(results))]), `study ${id}, in ${folder}`];
  process.stdout.write(`${lines.join("\n")}\n`);
}

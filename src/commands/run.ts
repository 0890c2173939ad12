import { basename, dirname, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { availableCores } from "../core/cores.js";
import { UsageError } from "../core/errors.js";
import { removeLeftovers } from "../core/leftovers.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { duration } from "../core/progress.js";
import type { WorkKind } from "../core/time-spent.js";
import { version } from "../core/version.js";
import type { RunNotebook } from "./run-notebooks.js";
import { runNotebooks } from "./run-notebooks.js";
import { checkWritable, type RunResults, runResults } from "./run-results.js";
import { timesLine, watchTimes } from "./run-times.js";

interface RunFlags {
  smoke?: boolean;
  out?: string;
  timeout: string;
  inPlace?: boolean;
  json?: boolean;
  parameter: string[];
  atOnce?: string;
}

const examples = `
Examples:
  $ hashbook run                                all of them, report under runs/
  $ hashbook run --smoke                        the same on a tiny subset: does everything work?
  $ hashbook run notebooks/03-hashnet.ipynb -p bits=64 -p epochs=10
  $ hashbook run --in-place                     also update the outputs in the notebooks themselves

A value given with -p is JSON (3, true, [16, 32], "text") or else text; it replaces the value of that name in the
notebook's cell tagged "parameters". Notebooks that say they stand alone ("hashbook": { "standsAlone": true } in their
metadata, as all of the workbook do) are executed several at a time; any other waits for all before it. The executed copy is written after every cell. What a cell starts and does not await
belongs to it: an error there fails the run too. Exit codes: 0 done, 1 a cell failed, 2 bad usage, 130 interrupted.`;

/** `hashbook run`: executes notebooks headless and writes executed copies and a report. */
export function runCommand(): Command {
  return new Command("run")
    .description("Execute notebooks without Jupyter and make a report of them.")
    .argument("[notebooks...]", "notebook files (default: all of the study or of the workbook, in order)")
    .option("--smoke", "tiny seeded subset: shows that everything works, not how well")
    .option("--out <folder>", "where the results go (default: runs/<time>)")
    .option("--timeout <seconds>", "longest time a cell may take", "3600")
    .option("--at-once <n>", "notebooks at a time, of those that stand alone (default: the cores)")
    .option("--in-place", "also write the outputs into the notebooks themselves")
    .option("-p, --parameter <name=value>", "replace a value of the parameters cell", collect, [])
    .option("--json", "print one JSON document on stdout")
    .addHelpText("after", examples)
    .action((notebooks: string[], flags: RunFlags) => run(notebooks, flags));
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

async function notebookFiles(named: readonly string[]): Promise<string[]> {
  if (named.length > 0) {
    const names = named.map(file => basename(file));
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw new UsageError(`two notebooks are called ${twice}; their results would overwrite`);
    return named.map(file => resolve(file));
  }
  const { defaultNotebooks } = await import("../notebook/default-notebooks.js");
  const { folder, files } = await defaultNotebooks();
  if (files.length === 0) throw new UsageError("no notebooks to run", { expected: `*.ipynb in ${folder}` });
  return files;
}

function checkedAtOnce(text: string | undefined): number | undefined {
  const count = text === undefined ? undefined : Number(text);
  if (count === undefined || (Number.isSafeInteger(count) && count >= 1)) return count;
  throw new UsageError("bad --at-once", { expected: "a whole number of at least 1", actual: text });
}

function checkedTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new UsageError("bad --timeout", { expected: "seconds above 0", actual: text });
  return Math.min(seconds, 2_000_000);
}

/** Reads all notebooks before any runs, so that a bad file costs no time, and checks the parameters against them. */
async function checkedParameters(given: readonly string[], files: readonly string[]): Promise<Record<string, unknown>> {
  const { parameterNames, parseParameter } = await import("../notebook/parameters.js");
  const { readNotebook } = await import("../notebook/nbformat.js");
  const parameters = Object.fromEntries(given.map(parseParameter));
  const known = (await Promise.all(files.map(readNotebook))).flatMap(parameterNames);
  for (const name of Object.keys(parameters)) {
    if (known.includes(name)) continue;
    const expected = known.length === 0 ? "a cell tagged parameters" : `one of ${[...new Set(known)].join(", ")}`;
    throw new UsageError(`no notebook has a parameter ${name}`, { expected });
  }
  return parameters;
}

async function reportText(executed: readonly RunNotebook[], smoke: boolean): Promise<string> {
  const { reportHtml } = await import("../notebook/report.js");
  const when = new Date().toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
  const facts = [`${when}, hashbook ${version}, Node ${process.versions.node}, ${availableCores()} cores`];
  if (smoke) facts.push("Smoke run on a tiny subset: the numbers mean nothing.");
  const notebooks = executed.map(({ result }) => result);
  return reportHtml(notebooks, { title: "hashbook: workbook report", facts });
}

/** How long a run took. */
interface RunSeconds {
  readonly seconds: number;
  /** In which work of each kind went on; kinds overlap. */
  readonly spent: Partial<Record<WorkKind, number>>;
}

/** The document of `--json`. */
function runDocument(executed: readonly RunNotebook[], ok: boolean, places: RunPlaces, times: RunSeconds): object {
  const notebooks = executed.map(({ copy, result: { file, seconds, cells, cellsDone, error } }) => ({
    notebook: file,
    executed: copy,
    seconds,
    cells,
    cellsDone,
    error: error === undefined ? null : { message: error.message, cell: error.cell, name: error.ename },
  }));
  return { ok, ...places, ...times, notebooks };
}

async function run(named: readonly string[], flags: RunFlags): Promise<void> {
  if (flags.inPlace && (flags.smoke || flags.parameter.length > 0)) {
    throw new UsageError("--in-place goes with neither --smoke nor -p: committed outputs are those of the full run");
  }
  checkedTimeout(flags.timeout);
  checkedAtOnce(flags.atOnce);
  const files = await notebookFiles(named);
  const parameters = await checkedParameters(flags.parameter, files);
  if (flags.out !== undefined) {
    const written = [...files.map(file => basename(file)), "report.html"].map(name => join(flags.out!, name));
    await checkOverwritesNothing({ "--out": written }, { "the notebook": files });
  }
  const { inRunFolder } = await import("./run-folder.js");
  await inRunFolder(flags, folder => runInto(folder, files, parameters, flags));
}

/** Where the results of a run are. */
interface RunPlaces {
  folder: string;
  report: string | null;
}

async function runInto(
  folder: string,
  files: readonly string[],
  parameters: Record<string, unknown>,
  flags: RunFlags,
): Promise<void> {
  const started = performance.now();
  await removeLeftovers(folder, [...files.map(file => basename(file)), "report.html"]);
  await checkWritable(folder, files, flags.inPlace ?? false);
  const results = runResults(folder);
  const times = await watchTimes();
  const { smoke = false, inPlace = false } = flags;
  const { executed, failure, interrupted } = await runNotebooks(files, {
    ...{ results, smoke, inPlace, parameters },
    timeout: checkedTimeout(flags.timeout),
    atOnce: checkedAtOnce(flags.atOnce),
    environment: times.environment,
    onProgress: times.onProgress,
  });
  const spent = times.seconds();
  await times.close();
  const { report, fault } = await writeReport(executed, results, flags.smoke ?? false);
  const failures = [failure, results.trouble(), fault].filter(one => one !== undefined);
  const seconds = (performance.now() - started) / 1000;
  if (flags.json) {
    const document = runDocument(executed, failures.length === 0, { folder, report }, { seconds, spent });
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (executed.length > 0) {
    const cells = executed.reduce((sum, { result }) => sum + result.cellsDone, 0);
    const here = (path: string): string => relative(process.cwd(), path) || ".";
    const counts = `${executed.length} of ${files.length} notebooks, ${cells} cells, ${duration(seconds)}`;
    const copies = here(dirname(executed[executed.length - 1].copy));
    process.stdout.write(`\n${counts}\nexecuted notebooks  ${copies}\n`);
    const line = timesLine(spent);
    if (line !== undefined) process.stdout.write(`${line}\n`);
    if (report !== null) process.stdout.write(`report              ${here(report)}\n`);
  }
  if (interrupted) process.exitCode = 130;
  else if (failures.length > 0) throw failures[0];
}

/** Writes the report of what was executed; what is wrong with it must not hide what is wrong with a cell. */
async function writeReport(
  executed: readonly RunNotebook[],
  results: RunResults,
  smoke: boolean,
): Promise<{ report: string | null; fault?: unknown }> {
  if (executed.length === 0) return { report: null };
  try {
    return { report: await results.write("report.html", await reportText(executed, smoke)) };
  } catch (fault) {
    process.stderr.write(`hashbook: no report: ${(fault as Error).message}\n`);
    return { report: null, fault };
  }
}

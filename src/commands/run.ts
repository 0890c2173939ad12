import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { availableCores } from "../core/cores.js";
import { UsageError } from "../core/errors.js";
import { removeLeftovers } from "../core/leftovers.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { duration } from "../core/progress.js";
import { version } from "../core/version.js";
import type { ExecutedNotebook, ExecuteOptions } from "../notebook/execute.js";
import type { Notebook } from "../notebook/nbformat.js";
import { abortOnSignal } from "./abort-on-signal.js";
import { clearRunLine, runListener } from "./run-listener.js";
import { checkWritable, type RunResults, runResults, writeInPlace } from "./run-results.js";

interface RunFlags {
  smoke?: boolean;
  out?: string;
  timeout: string;
  inPlace?: boolean;
  json?: boolean;
  parameter: string[];
}

const examples = `
Examples:
  $ hashbook run                                all of them, report under runs/
  $ hashbook run --smoke                        the same on a tiny subset: does everything work?
  $ hashbook run notebooks/03-hashnet.ipynb -p bits=64 -p epochs=10
  $ hashbook run --in-place                     also update the outputs in the notebooks themselves

A value given with -p is JSON (3, true, [16, 32], "text") or else text; it replaces the value of that name in the
notebook's cell tagged "parameters". The executed copy is written after every cell. What a cell starts and does not await
belongs to it: an error there fails the run too. Exit codes: 0 done, 1 a cell failed, 2 bad usage, 130 interrupted.`;

/** `hashbook run`: executes notebooks headless and writes executed copies and a report. */
export function runCommand(): Command {
  return new Command("run")
    .description("Execute notebooks without Jupyter and make a report of them.")
    .argument("[notebooks...]", "notebook files (default: all of the study or of the workbook, in order)")
    .option("--smoke", "tiny seeded subset: shows that everything works, not how well")
    .option("--out <folder>", "where the results go (default: runs/<time>)")
    .option("--timeout <seconds>", "longest time a cell may take", "3600")
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

function summaryLine({ file, seconds, cellsDone, cells, error }: ExecutedNotebook): string {
  const end = error === undefined ? `${cells} cells` : `stopped after ${cellsDone} of ${cells} cells`;
  return `${error === undefined ? "ok    " : "failed"}  ${basename(file)}  ${end}  ${duration(seconds)}`;
}

/** A notebook that was executed, and where the copy with its outputs is. */
interface RunNotebook {
  result: ExecutedNotebook;
  copy: string;
}

/** What a run came to: all that was executed, and what stopped it. */
interface RunOutcome {
  executed: RunNotebook[];
  failure: unknown;
  interrupted: boolean;
}

/** Executes notebooks one after the other; each is kept after every cell, whatever comes after it. */
async function executeAll(
  files: readonly string[],
  parameters: Record<string, unknown>,
  results: RunResults,
  flags: RunFlags,
): Promise<RunOutcome> {
  const { signal, forget } = abortOnSignal();
  const executed: RunNotebook[] = [];
  const timeout = checkedTimeout(flags.timeout);
  const options = { smoke: flags.smoke ?? false, parameters, timeout, onProgress: runListener(), signal };
  let failure: unknown;
  for (const file of files) {
    try {
      const done = await executeOne(file, options, results, flags.inPlace ?? false);
      executed.push(done);
      failure = done.result.error;
      clearRunLine();
      process.stderr.write(`${summaryLine(done.result)}\n`);
    } catch (error) {
      failure = error;
    }
    if (failure !== undefined) break;
  }
  forget();
  return { executed, failure, interrupted: signal.aborted };
}

async function executeOne(
  file: string,
  options: ExecuteOptions,
  results: RunResults,
  inPlace: boolean,
): Promise<RunNotebook> {
  const { executeNotebook } = await import("../notebook/execute.js");
  const { notebookText } = await import("../notebook/nbformat.js");
  const name = basename(file);
  const before = await readFile(file, "utf8");
  const onCell = (notebook: Notebook): Promise<void> => results.keep(name, notebookText(notebook));
  const result = await executeNotebook(file, { ...options, onCell });
  const text = notebookText(result.notebook);
  const copy = await results.write(name, text);
  if (inPlace && result.error === undefined) await writeInPlace(file, before, text);
  return { result, copy };
}

async function reportText(executed: readonly RunNotebook[], smoke: boolean): Promise<string> {
  const { reportHtml } = await import("../notebook/report.js");
  const when = new Date().toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
  const facts = [`${when}, hashbook ${version}, Node ${process.versions.node}, ${availableCores()} cores`];
  if (smoke) facts.push("Smoke run on a tiny subset: the numbers mean nothing.");
  const notebooks = executed.map(({ result }) => result);
  return reportHtml(notebooks, { title: "hashbook: workbook report", facts });
}

/** The document of `--json`. */
function runDocument(executed: readonly RunNotebook[], ok: boolean, places: RunPlaces, seconds: number): object {
  const notebooks = executed.map(({ copy, result: { file, seconds, cells, cellsDone, error } }) => ({
    notebook: file,
    executed: copy,
    seconds,
    cells,
    cellsDone,
    error: error === undefined ? null : { message: error.message, cell: error.cell, name: error.ename },
  }));
  return { ok, ...places, seconds, notebooks };
}

async function run(named: readonly string[], flags: RunFlags): Promise<void> {
  if (flags.inPlace && (flags.smoke || flags.parameter.length > 0)) {
    throw new UsageError("--in-place goes with neither --smoke nor -p: committed outputs are those of the full run");
  }
  checkedTimeout(flags.timeout);
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
  const { executed, failure, interrupted } = await executeAll(files, parameters, results, flags);
  const { report, fault } = await writeReport(executed, results, flags.smoke ?? false);
  const failures = [failure, results.trouble(), fault].filter(one => one !== undefined);
  const seconds = (performance.now() - started) / 1000;
  if (flags.json) {
    const document = runDocument(executed, failures.length === 0, { folder, report }, seconds);
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (executed.length > 0) {
    const cells = executed.reduce((sum, { result }) => sum + result.cellsDone, 0);
    const here = (path: string): string => relative(process.cwd(), path) || ".";
    const counts = `${executed.length} of ${files.length} notebooks, ${cells} cells, ${duration(seconds)}`;
    const copies = here(dirname(executed[executed.length - 1].copy));
    process.stdout.write(`\n${counts}\nexecuted notebooks  ${copies}\n`);
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

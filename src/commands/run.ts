import { availableParallelism } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { UsageError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import { removeLeftovers } from "../core/leftovers.js";
import { writeOutput } from "../core/output-files.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { duration } from "../core/progress.js";
import { version } from "../core/version.js";
import type { ExecutedNotebook, NotebookProgress } from "../notebook/execute.js";
import { abortOnSignal } from "./abort-on-signal.js";

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
notebook's cell tagged "parameters". Exit codes: 0 done, 1 a cell failed, 2 bad usage, 130 interrupted.`;

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

/** One line about the run on stderr, written over on a terminal; in a log file a line a cell. */
function runListener(): (progress: NotebookProgress) => void {
  const live = process.stderr.isTTY === true;
  let begun = performance.now();
  let last = "";
  let cellBefore = -1;
  let shown = 0;
  return ({ file, cell, cells, text }) => {
    const now = performance.now();
    if (cell === 0) begun = now;
    if (cell !== cellBefore) last = "";
    const line = text
      ?.split(/[\r\n]/)
      .filter(part => part.trim() !== "")
      .at(-1);
    if (line !== undefined) last = line.trim();
    const begins = cell !== cellBefore;
    cellBefore = cell;
    if (live ? !begins && now - shown < 100 : !begins) return;
    shown = now;
    const state = cell === 0 ? "starting the kernel" : `cell ${cell}/${cells}`;
    const status = `${basename(file)}  ${state}  ${duration((now - begun) / 1000)}  ${last}`.trimEnd();
    process.stderr.write(live ? `\r\u001b[K${status.slice(0, (process.stderr.columns ?? 100) - 1)}` : `${status}\n`);
  };
}

function summaryLine({ file, seconds, cellsDone, cells, error }: ExecutedNotebook): string {
  const end = error === undefined ? `${cells} cells` : `stopped after ${cellsDone} of ${cells} cells`;
  return `${error === undefined ? "ok    " : "failed"}  ${basename(file)}  ${end}  ${duration(seconds)}`;
}

/** What a run came to: all that was executed, and what stopped it. */
interface RunOutcome {
  executed: ExecutedNotebook[];
  failure: unknown;
  interrupted: boolean;
}

/** Executes notebooks one after the other; each is written as soon as it is done, whatever comes after it. */
async function executeAll(
  files: readonly string[],
  parameters: Record<string, unknown>,
  folder: string,
  flags: RunFlags,
): Promise<RunOutcome> {
  const { executeNotebook } = await import("../notebook/execute.js");
  const { signal, forget } = abortOnSignal();
  const executed: ExecutedNotebook[] = [];
  const timeout = checkedTimeout(flags.timeout);
  const options = { smoke: flags.smoke ?? false, parameters, timeout, onProgress: runListener(), signal };
  let failure: unknown;
  for (const file of files) {
    try {
      const result = await executeNotebook(file, options);
      executed.push(result);
      failure = result.error;
      await writeNotebook(result, folder, flags.inPlace ?? false);
      process.stderr.write(`${process.stderr.isTTY ? "\r\u001b[K" : ""}${summaryLine(result)}\n`);
    } catch (error) {
      failure = error;
    }
    if (failure !== undefined) break;
  }
  forget();
  return { executed, failure, interrupted: signal.aborted };
}

async function writeNotebook(result: ExecutedNotebook, folder: string, inPlace: boolean): Promise<void> {
  const { notebookText } = await import("../notebook/nbformat.js");
  const text = notebookText(result.notebook);
  await writeAtomically(join(folder, basename(result.file)), text);
  if (inPlace && result.error === undefined) await writeOutput(result.file, text);
}

async function writeReport(executed: readonly ExecutedNotebook[], file: string, smoke: boolean): Promise<void> {
  const { reportHtml } = await import("../notebook/report.js");
  const when = new Date().toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
  const facts = [`${when}, hashbook ${version}, Node ${process.versions.node}, ${availableParallelism()} cores`];
  if (smoke) facts.push("Smoke run on a tiny subset: the numbers mean nothing.");
  await writeAtomically(file, await reportHtml(executed, { title: "hashbook: workbook report", facts }));
}

/** The document of `--json`. */
function runDocument(
  executed: readonly ExecutedNotebook[],
  ok: boolean,
  folder: string,
  report: string,
  seconds: number,
): object {
  const notebooks = executed.map(({ file, seconds, cells, cellsDone, error }) => ({
    notebook: file,
    executed: join(folder, basename(file)),
    seconds,
    cells,
    cellsDone,
    error: error === undefined ? null : { message: error.message, cell: error.cell, name: error.ename },
  }));
  return { ok, folder, report, seconds, notebooks };
}

async function run(named: readonly string[], flags: RunFlags): Promise<void> {
  if (flags.inPlace && (flags.smoke || flags.parameter.length > 0)) {
    throw new UsageError("--in-place goes with neither --smoke nor -p: committed outputs are those of the full run");
  }
  const files = await notebookFiles(named);
  const parameters = await checkedParameters(flags.parameter, files);
  if (flags.out !== undefined) {
    const written = [...files.map(file => basename(file)), "report.html"].map(name => join(flags.out!, name));
    await checkOverwritesNothing({ "--out": written }, { "the notebook": files });
  }
  const { inRunFolder } = await import("./run-folder.js");
  await inRunFolder(flags, folder => runInto(folder, files, parameters, flags));
}

async function runInto(
  folder: string,
  files: readonly string[],
  parameters: Record<string, unknown>,
  flags: RunFlags,
): Promise<void> {
  const started = performance.now();
  await removeLeftovers(folder, [...files.map(file => basename(file)), "report.html"]);
  const { executed, failure, interrupted } = await executeAll(files, parameters, folder, flags);
  const report = join(folder, "report.html");
  if (executed.length > 0) await writeReport(executed, report, flags.smoke ?? false);
  const seconds = (performance.now() - started) / 1000;
  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify(runDocument(executed, failure === undefined, folder, report, seconds), null, 2)}\n`,
    );
  } else if (executed.length > 0) {
    const cells = executed.reduce((sum, result) => sum + result.cellsDone, 0);
    const here = (path: string): string => relative(process.cwd(), path) || ".";
    const counts = `${executed.length} of ${files.length} notebooks, ${cells} cells, ${duration(seconds)}`;
    const places = `executed notebooks  ${here(folder)}\nreport              ${here(report)}`;
    process.stdout.write(`\n${counts}\n${places}\n`);
  }
  if (interrupted) process.exitCode = 130;
  else if (failure !== undefined) throw failure;
}

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { availableCores } from "../core/cores.js";
import { duration } from "../core/progress.js";
import { workInPool } from "../core/work-in-pool.js";
import type { ExecutedNotebook, ExecuteOptions } from "../notebook/execute.js";
import type { Notebook } from "../notebook/nbformat.js";
import { abortOnSignal } from "./abort-on-signal.js";
import { clearRunLine, runListener } from "./run-listener.js";
import type { RunResults } from "./run-results.js";
import { writeInPlace } from "./run-results.js";

/** A notebook that was executed, and where the copy with its outputs is. */
export interface RunNotebook {
  readonly result: ExecutedNotebook;
  readonly copy: string;
}

/** What a run came to: all that was executed, in the order of the files, and what stopped it. */
export interface RunOutcome {
  readonly executed: readonly RunNotebook[];
  readonly failure: unknown;
  readonly interrupted: boolean;
}

/** Settings of {@link runNotebooks}. */
export interface RunNotebooksOptions extends Pick<ExecuteOptions, "smoke" | "parameters" | "timeout" | "environment"> {
  readonly results: RunResults;
  /** Write the outputs into the notebooks themselves too. */
  readonly inPlace: boolean;
  /** Notebooks at a time, 1 or more. Default: as many as there are cores. */
  readonly atOnce?: number;
  readonly onProgress?: ExecuteOptions["onProgress"];
}

/**
 * Executes notebooks: those next to each other that say they stand alone at the same time, any other when all before it are
 * done and before all after it. Each is kept after every cell, whatever comes after it. After a failure none is begun;
 * those that run are executed to their end.
 */
export async function runNotebooks(files: readonly string[], options: RunNotebooksOptions): Promise<RunOutcome> {
  const { atOnce = availableCores(), results, inPlace, onProgress, ...rest } = options;
  const { signal, forget } = abortOnSignal();
  const listener = runListener();
  const listen: ExecuteOptions["onProgress"] = progress => {
    onProgress?.(progress);
    listener.show(progress);
  };
  const executed: (RunNotebook | undefined)[] = files.map(() => undefined);
  const summaries = new InOrder();
  let failure: unknown;
  const run = async (place: number): Promise<void> => {
    try {
      const run = executeOne(files[place], { ...rest, onProgress: listen, signal }, results, inPlace);
      const one = await run.finally(() => listener.ended(files[place]));
      executed[place] = one;
      failure ??= one.result.error;
      summaries.tell(place, summaryLine(one.result));
      if (one.result.error !== undefined) summaries.tellRest(); // whoever waits for a failure waits for nothing else
    } catch (error) {
      failure ??= error;
      summaries.tell(place, undefined);
    }
  };
  for (const group of await groups(files)) {
    await workInPool(group, atOnce, async place => {
      if (failure === undefined) await run(place);
    });
  }
  summaries.tellRest();
  forget();
  return { executed: executed.filter(one => one !== undefined), failure, interrupted: signal.aborted };
}

/** Places of the files, those that may run beside each other together. */
async function groups(files: readonly string[]): Promise<number[][]> {
  const { readNotebook } = await import("../notebook/nbformat.js");
  const { standsAlone } = await import("../notebook/stands-alone.js");
  const alone = await Promise.all(files.map(async file => standsAlone(await readNotebook(file))));
  const found: number[][] = [];
  for (const place of files.keys()) {
    if (place > 0 && alone[place] && alone[place - 1]) found[found.length - 1].push(place);
    else found.push([place]);
  }
  return found;
}

/** Lines about the notebooks, each when those of all before it have been told. */
class InOrder {
  private readonly lines: Map<number, string | undefined> = new Map();
  private next = 0;

  tell(place: number, line: string | undefined): void {
    this.lines.set(place, line);
    for (; this.lines.has(this.next); this.next++) this.write(this.next);
  }

  /** What waits for those before it, without them. */
  tellRest(): void {
    for (const place of [...this.lines.keys()].sort((a, b) => a - b)) this.write(place);
  }

  /** Once. */
  private write(place: number): void {
    const line = this.lines.get(place);
    this.lines.set(place, undefined);
    if (line === undefined) return;
    clearRunLine();
    process.stderr.write(`${line}\n`);
  }
}

function summaryLine({ file, seconds, cellsDone, cells, error }: ExecutedNotebook): string {
  const end = error === undefined ? `${cells} cells` : `stopped after ${cellsDone} of ${cells} cells`;
  return `${error === undefined ? "ok    " : "failed"}  ${basename(file)}  ${end}  ${duration(seconds)}`;
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

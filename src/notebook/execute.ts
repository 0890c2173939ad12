import { dirname, resolve } from "node:path";
import { type Notebook, normalizedNotebook, readNotebook } from "./nbformat.js";
import { NotebookError } from "./notebook-error.js";
import { NotebookRun, type RunOptions } from "./notebook-run.js";
import { type NotebookParameters, withParameters } from "./parameters.js";
import { startKernel } from "./start-kernel.js";

export interface ExecuteOptions extends RunOptions {
  /** Tell cells through `hb.smoke` to do as little as shows that they work. Default: false. */
  smoke?: boolean;
  /** Further environment variables of the kernel. Default: none. */
  environment?: Readonly<Record<string, string>>;
  /** Values for the parameters cell. Default: none. */
  parameters?: NotebookParameters;
}

/** An executed notebook, complete or up to the error. */
export interface ExecutedNotebook {
  file: string;
  notebook: Notebook;
  /** Wall-clock time with the start of the kernel. */
  seconds: number;
  /** Code cells that ran to their end. */
  cellsDone: number;
  cells: number;
  /** Why it stopped early. */
  error?: NotebookError;
}

function kernelEnvironment(smoke: boolean): NodeJS.ProcessEnv {
  const { HASHBOOK_SMOKE: _, ...environment } = process.env;
  // Also for cells that load onnxruntime themselves; see compute/telemetry-off.ts.
  const base = { ORT_DISABLE_TELEMETRY: "1", ...environment };
  return smoke ? { ...base, HASHBOOK_SMOKE: "1" } : base;
}

/**
 * Runs a notebook from top to bottom in a fresh kernel, in the notebook's folder, and stops at the first error.
 * The file is not touched. An error in a cell does not throw: it is in the result, beside all outputs up to it. So it is
 * with what a cell has started and not awaited, as long as that is at work after the last cell, up to two seconds.
 * @throws {NotebookError} when the file is no notebook or the kernel does not start
 */
export async function executeNotebook(file: string, options: ExecuteOptions = {}): Promise<ExecutedNotebook> {
  const started = performance.now();
  const read = await readNotebook(file);
  const prepared = withParameters(read, options.parameters ?? {}, file);
  const run = new NotebookRun(file, normalizedNotebook(prepared), options);
  run.report(0);
  const error = run.cells.length === 0 ? undefined : await runInKernel(run, options);
  const seconds = (performance.now() - started) / 1000;
  const result = { file, notebook: run.notebook, seconds, cellsDone: run.done, cells: run.cells.length };
  return error === undefined ? result : { ...result, error };
}

/** Runs all cells in a kernel of its own. @returns why it stopped early, or what failed behind its back */
async function runInKernel(run: NotebookRun, options: ExecuteOptions): Promise<NotebookError | undefined> {
  const environment = { ...kernelEnvironment(options.smoke ?? false), ...options.environment };
  const onRetry = (note: string): void => run.report(0, { note });
  const kernel = await startKernel({ folder: dirname(resolve(run.file)), environment, onRetry });
  let error: NotebookError | undefined;
  try {
    await run.run(kernel);
  } catch (cause) {
    error =
      cause instanceof NotebookError
        ? cause
        : new NotebookError(`the run failed: ${(cause as Error).message}`, { file: run.file, cause });
  }
  await kernel.shutdown();
  run.collect();
  return error ?? run.late;
}

import { dirname, resolve } from "node:path";
import { cellLine } from "./cell-line.js";
import { CellOutputs, watchedText } from "./cell-outputs.js";
import { diagnosticPosition, framePosition } from "./error-output.js";
import type { JupyterMessage } from "./jupyter-message.js";
import { type CellReply, type Kernel, startKernel } from "./kernel.js";
import {
  type ErrorOutput,
  joinedText,
  type MimeBundle,
  type Notebook,
  type NotebookCell,
  normalizedNotebook,
  readNotebook,
} from "./nbformat.js";
import { NotebookError } from "./notebook-error.js";
import { type NotebookParameters, withParameters } from "./parameters.js";

/** Where a run is. */
export interface NotebookProgress {
  file: string;
  /** Code cells begun so far, from 1; 0 while the kernel starts. */
  cell: number;
  /** Code cells to run. */
  cells: number;
  /** Text that the cell just put out. */
  text?: string;
}

export interface ExecuteOptions {
  /** Tell cells through `hb.smoke` to do as little as shows that they work. Default: false. */
  smoke?: boolean;
  /** Values for the parameters cell. Default: none. */
  parameters?: NotebookParameters;
  /** Seconds a cell may take. Default: 3600. */
  timeout?: number;
  onProgress?: (progress: NotebookProgress) => void;
  /** Aborting kills the kernel and ends the run with what is there so far. */
  signal?: AbortSignal;
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

function isRun(cell: NotebookCell): boolean {
  return cell.cell_type === "code" && joinedText(cell.source).trim() !== "";
}

/** The line of the cell an error came from, as far as it can be told. */
function failedLine(source: string, error: ErrorOutput): string | undefined {
  try {
    const types = diagnosticPosition(error);
    const frame = framePosition(error);
    const line = types?.line ?? (frame && cellLine(source, frame.line, frame.column));
    const text = line === undefined ? undefined : source.split("\n")[line - 1]?.trim();
    return text === undefined || text === "" ? undefined : `line ${line}: ${text}`;
  } catch {
    return undefined; // It is a help, no more: the error itself must come through.
  }
}

/** Runs the cells of one notebook in one kernel. */
class NotebookRun {
  readonly cells: NotebookCell[];
  private readonly collectors: Map<NotebookCell, CellOutputs> = new Map();
  done = 0;

  constructor(
    readonly file: string,
    readonly notebook: Notebook,
    private readonly options: ExecuteOptions,
  ) {
    for (const cell of notebook.cells) {
      if (cell.cell_type !== "code") continue;
      cell.outputs = [];
      cell.execution_count = null;
    }
    this.cells = notebook.cells.filter(isRun);
  }

  report(cell: number, text?: string): void {
    const base = { file: this.file, cell, cells: this.cells.length };
    this.options.onProgress?.(text === undefined ? base : { ...base, text });
  }

  async run(kernel: Kernel): Promise<void> {
    for (const [index, cell] of this.cells.entries()) {
      this.report(index + 1);
      await this.runCell(kernel, cell, index + 1);
      this.done++;
    }
  }

  private async runCell(kernel: Kernel, cell: NotebookCell, number: number): Promise<void> {
    const outputs = new CellOutputs();
    this.collectors.set(cell, outputs);
    const { timeout = 3600, signal } = this.options;
    const onMessage = (message: JupyterMessage): void => {
      const text = message.header.msg_type === "update_display_data" ? this.update(message) : outputs.take(message);
      if (text !== undefined) this.report(number, text);
    };
    let reply: CellReply;
    try {
      const code = joinedText(cell.source);
      reply = await kernel.execute(code, signal ? { timeout, signal, onMessage } : { timeout, onMessage });
    } catch (cause) {
      const error = cause instanceof NotebookError ? cause : undefined;
      outputs.failWith(error?.ename ?? "Interrupted", error?.message ?? "the run was interrupted");
      throw this.failure(cell, outputs, cause);
    }
    cell.execution_count = reply.executionCount;
    if (reply.status === "ok") return;
    outputs.fail();
    throw this.failure(cell, outputs, undefined);
  }

  private update({ content }: JupyterMessage): string | undefined {
    const data = (content.data ?? {}) as MimeBundle;
    const id = (content.transient as { display_id?: string } | undefined)?.display_id ?? "";
    for (const outputs of this.collectors.values()) {
      outputs.update(id, data, (content.metadata ?? {}) as Record<string, unknown>);
    }
    return watchedText(data);
  }

  private failure(cell: NotebookCell, outputs: CellOutputs, cause: unknown): NotebookError {
    const error = outputs.outputs().at(-1) as ErrorOutput;
    const codeLine = failedLine(joinedText(cell.source), error);
    const number = this.notebook.cells.indexOf(cell) + 1;
    const place = `cell ${number}${codeLine === undefined ? "" : `, ${codeLine}`}`;
    const message = error.evalue === "" ? error.ename : `${error.ename}: ${error.evalue}`;
    return new NotebookError(`${place}\n  ${message}`, {
      file: this.file,
      cell: number,
      ename: error.ename,
      ...(codeLine === undefined ? {} : { codeLine }),
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** Writes what was collected into the cells. Late outputs count until here. */
  collect(): void {
    for (const [cell, outputs] of this.collectors) cell.outputs = outputs.outputs();
  }
}

function kernelEnvironment(smoke: boolean): NodeJS.ProcessEnv {
  const { HASHBOOK_SMOKE: _, ...environment } = process.env;
  return smoke ? { ...environment, HASHBOOK_SMOKE: "1" } : environment;
}

/**
 * Runs a notebook from top to bottom in a fresh tslab kernel, in the notebook's folder, and stops at the first error.
 * The file is not touched. An error in a cell does not throw: it is in the result, beside all outputs up to it.
 * @throws {NotebookError} when the file is no notebook or the kernel does not start
 */
export async function executeNotebook(file: string, options: ExecuteOptions = {}): Promise<ExecutedNotebook> {
  const started = performance.now();
  const read = await readNotebook(file);
  const prepared = withParameters(read, options.parameters ?? {}, file);
  const run = new NotebookRun(file, normalizedNotebook(prepared), options);
  run.report(0);
  let error: NotebookError | undefined;
  if (run.cells.length > 0) {
    options.signal?.throwIfAborted();
    const environment = kernelEnvironment(options.smoke ?? false);
    const kernel = await startKernel({ folder: dirname(resolve(file)), environment });
    try {
      await run.run(kernel);
    } catch (cause) {
      if (!(cause instanceof NotebookError)) throw cause;
      error = cause;
    } finally {
      await kernel.shutdown();
      run.collect();
    }
  }
  const seconds = (performance.now() - started) / 1000;
  const result = { file, notebook: run.notebook, seconds, cellsDone: run.done, cells: run.cells.length };
  return error === undefined ? result : { ...result, error };
}

import { stripVTControlCharacters } from "node:util";
import { CellOutputs, watchedText } from "./cell-outputs.js";
import { type CellError, type CellReply, errorIn } from "./cell-request.js";
import type { JupyterMessage } from "./jupyter-message.js";
import type { Kernel } from "./kernel.js";
import { waitForLeftBehind } from "./left-behind.js";
import { joinedText, type MimeBundle, type Notebook, type NotebookCell } from "./nbformat.js";
import { NotebookError } from "./notebook-error.js";

/** Where a run is. */
export interface NotebookProgress {
  file: string;
  /** Code cells begun so far, from 1; 0 while the kernel starts. */
  cell: number;
  /** Code cells to run. */
  cells: number;
  /** Text that the cell just put out. */
  text?: string;
  /** Something unusual that whoever waits should know: a kernel that is started again, or is still at work. */
  note?: string;
}

/** Settings of {@link NotebookRun}. */
export interface RunOptions {
  /** Seconds a cell may take. Default: 3600. */
  timeout?: number;
  onProgress?: (progress: NotebookProgress) => void;
  /** Called before the first cell and after each with the notebook as it is then, to keep it; waited for. */
  onCell?: (notebook: Notebook) => Promise<void>;
  /** Aborting interrupts the cell and ends the run with what is there so far. */
  signal?: AbortSignal;
}

/** How a cell failed. */
interface CellFailure {
  /** The error in its outputs. */
  error: CellError;
  cause?: unknown;
  /** In words that follow the error. */
  remark?: string;
}

const NOT_AWAITED = "in what the cell had started and not awaited";

function isRun(cell: NotebookCell): boolean {
  return cell.cell_type === "code" && joinedText(cell.source).trim() !== "";
}

/** The line of the cell an error came from, by its trace. @param count the number the kernel gave the cell */
function failedLine(source: string, { traceback }: CellError, count: number | null | undefined): string | undefined {
  const match = new RegExp(`\\bcell ${count}, line (\\d+)`).exec(stripVTControlCharacters(traceback.join("\n")));
  const text = match === null ? undefined : source.split("\n")[Number(match[1]) - 1]?.trim();
  return text === undefined || text === "" ? undefined : `line ${match?.[1]}: ${text}`;
}

/** Name and text of an error; the compiler begins its text with the place, which is told otherwise here. */
function errorText({ ename, evalue }: CellError): string {
  const text = evalue.replace(/^cell(?: \d+)?, line \d+: /, "");
  return text === "" ? ename : `${ename}: ${text}`;
}

/** Runs the cells of one notebook in one kernel. */
export class NotebookRun {
  readonly cells: NotebookCell[];
  private readonly collectors: Map<NotebookCell, CellOutputs> = new Map();
  done = 0;
  /** The first error that nobody waited for. */
  late: NotebookError | undefined;

  constructor(
    readonly file: string,
    readonly notebook: Notebook,
    private readonly options: RunOptions,
  ) {
    for (const cell of notebook.cells) {
      if (cell.cell_type !== "code") continue;
      cell.outputs = [];
      cell.execution_count = null;
    }
    this.cells = notebook.cells.filter(isRun);
  }

  report(cell: number, news: Pick<NotebookProgress, "text" | "note"> = {}): void {
    this.options.onProgress?.({ file: this.file, cell, cells: this.cells.length, ...news });
  }

  /** @throws {NotebookError} of the first cell that fails, or that has left something behind that failed by now */
  async run(kernel: Kernel): Promise<void> {
    this.notebook.metadata.language_info = kernel.languageInfo;
    await this.options.onCell?.(this.notebook);
    for (const [index, cell] of this.cells.entries()) {
      this.report(index + 1);
      await this.runCell(kernel, cell, index + 1);
      this.done++;
      this.collect();
      await this.options.onCell?.(this.notebook);
      if (this.late !== undefined) throw this.late;
    }
    await this.waitForEnd(kernel, this.cells[this.cells.length - 1]);
  }

  private async runCell(kernel: Kernel, cell: NotebookCell, number: number): Promise<void> {
    const outputs = new CellOutputs();
    this.collectors.set(cell, outputs);
    const { timeout = 3600, signal } = this.options;
    const early: CellError[] = [];
    let reply: CellReply | undefined;
    const onMessage = (message: JupyterMessage): void => {
      const text = message.header.msg_type === "update_display_data" ? this.update(message) : outputs.take(message);
      if (text !== undefined) this.report(number, { text });
      if (message.header.msg_type !== "error") return;
      if (reply === undefined) early.push(errorIn(message.content));
      else this.failLate(cell, errorIn(message.content));
    };
    try {
      reply = await kernel.execute(joinedText(cell.source), { timeout, signal, onMessage });
    } catch (cause) {
      throw this.stopFailure(cell, cause);
    }
    cell.execution_count = reply.executionCount;
    if (reply.error !== undefined) throw this.failure(cell, { error: reply.error });
    if (reply.status !== "ok") throw this.stopFailure(cell, new NotebookError("the kernel did not run the cell"));
    for (const error of early) this.failLate(cell, error);
  }

  /** What fails without a cell that waits for it belongs to the cell that started it. */
  private failLate(cell: NotebookCell, error: CellError): void {
    this.late ??= this.failure(cell, { error, remark: NOT_AWAITED });
  }

  /** The failure of a cell whose end the kernel does not tell: it died, or was interrupted by us. */
  private stopFailure(cell: NotebookCell, cause: unknown): NotebookError {
    const error = cause instanceof NotebookError ? cause : undefined;
    const outputs = this.collectors.get(cell) as CellOutputs;
    const output = outputs.failWith(error?.ename ?? "Interrupted", error?.message ?? "the run was interrupted");
    return this.failure(cell, { error: output, cause });
  }

  /** What was started and not awaited is waited for here; it counts as the last cell's where it ends the kernel. */
  private async waitForEnd(kernel: Kernel, last: NotebookCell): Promise<void> {
    try {
      if (await waitForLeftBehind(kernel, this.options)) return;
      const note = "the kernel was still at work after the last cell and was ended; is an await missing?";
      this.report(this.done, { note });
    } catch (cause) {
      throw this.stopFailure(last, cause);
    }
  }

  private update({ content }: JupyterMessage): string | undefined {
    const data = (content.data ?? {}) as MimeBundle;
    const id = (content.transient as { display_id?: string } | undefined)?.display_id ?? "";
    for (const outputs of this.collectors.values()) {
      outputs.update(id, data, (content.metadata ?? {}) as Record<string, unknown>);
    }
    return watchedText(data);
  }

  private failure(cell: NotebookCell, { error, cause, remark }: CellFailure): NotebookError {
    const codeLine = failedLine(joinedText(cell.source), error, cell.execution_count);
    const number = this.notebook.cells.indexOf(cell) + 1;
    const place = `cell ${number}${codeLine === undefined ? "" : `, ${codeLine}`}`;
    const text = [place, errorText(error), ...(remark === undefined ? [] : [remark])].join("\n  ");
    return new NotebookError(text, {
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

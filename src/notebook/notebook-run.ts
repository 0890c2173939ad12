import { cellLine } from "./cell-line.js";
import { CellOutputs, watchedText } from "./cell-outputs.js";
import type { CellReply } from "./cell-request.js";
import { diagnosticPosition, framePosition } from "./error-output.js";
import type { JupyterMessage } from "./jupyter-message.js";
import type { Kernel } from "./kernel.js";
import type { KernelExit } from "./kernel-process.js";
import type { LateReport } from "./kernel-reports.js";
import { type ErrorOutput, joinedText, type MimeBundle, type Notebook, type NotebookCell } from "./nbformat.js";
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
  /** Something unusual that whoever waits should know: a kernel that is started again, or keeps silent. */
  note?: string;
}

/** Settings of {@link NotebookRun}. */
export interface RunOptions {
  /** Seconds a cell may take. Default: 3600. */
  timeout?: number;
  /** Seconds within which the kernel must begin the first cell; then it is given up. Default: 60. */
  beginWithin?: number;
  onProgress?: (progress: NotebookProgress) => void;
  /** Called before the first cell and after each with the notebook as it is then, to keep it; waited for. */
  onCell?: (notebook: Notebook) => Promise<void>;
  /** Aborting kills the kernel and ends the run with what is there so far. */
  signal?: AbortSignal;
}

/** How a cell failed. */
interface CellFailure {
  /** The error in its outputs. */
  output: ErrorOutput;
  /** Which of the cells that the kernel ran it was, from 1, for the lines of traces. */
  count?: number | null;
  cause?: unknown;
  /** In words that follow the error. */
  remark?: string;
}

const NOT_AWAITED = "in what the cell had started and not awaited";
const OF_SOME_CELL = "in what this or an earlier cell had started and not awaited";

function isRun(cell: NotebookCell): boolean {
  return cell.cell_type === "code" && joinedText(cell.source).trim() !== "";
}

/** The line of the cell an error came from, as far as it can be told. */
function failedLine(source: string, error: ErrorOutput, count?: number | null): string | undefined {
  try {
    const types = diagnosticPosition(error);
    const frame = count ? framePosition(error, count) : undefined;
    const line = types?.line ?? (frame && cellLine(source, frame.line, frame.column));
    const text = line === undefined ? undefined : source.split("\n")[line - 1]?.trim();
    return text === undefined || text === "" ? undefined : `line ${line}: ${text}`;
  } catch {
    return undefined; // It is a help, no more: the error itself must come through.
  }
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
    await this.options.onCell?.(this.notebook);
    for (const [index, cell] of this.cells.entries()) {
      this.report(index + 1);
      await this.runCell(kernel, cell, index + 1);
      this.done++;
      this.collect();
      await this.options.onCell?.(this.notebook);
      if (this.late !== undefined) throw this.late;
    }
  }

  private async runCell(kernel: Kernel, cell: NotebookCell, number: number): Promise<void> {
    const outputs = new CellOutputs();
    this.collectors.set(cell, outputs);
    const { timeout = 3600, signal, beginWithin = 60 } = this.options;
    const onMessage = (message: JupyterMessage): void => {
      const text = message.header.msg_type === "update_display_data" ? this.update(message) : outputs.take(message);
      if (text !== undefined) this.report(number, { text });
    };
    const onLateError = ({ trace, known }: Pick<LateReport, "trace" | "known">): void => {
      const remark = known ? NOT_AWAITED : OF_SOME_CELL;
      this.late ??= this.failure(cell, { output: outputs.failLate(trace), count: number, remark });
    };
    const onSilence = (note: string): void => this.report(number, { note });
    // Later cells wait longer: only the first can be run anew, and what earlier ones have started may keep the kernel busy.
    const options = { timeout, onMessage, onLateError, onSilence, ...(number === 1 ? { beginWithin } : {}) };
    let reply: CellReply;
    try {
      reply = await kernel.execute(joinedText(cell.source), signal ? { ...options, signal } : options);
    } catch (cause) {
      const error = cause instanceof NotebookError ? cause : undefined;
      const output = outputs.failWith(error?.ename ?? "Interrupted", error?.message ?? "the run was interrupted");
      throw this.failure(cell, { output, cause });
    }
    cell.execution_count = reply.executionCount;
    if (!reply.complete) this.sayIncomplete(outputs, number);
    if (reply.status !== "ok") throw this.failure(cell, { output: outputs.fail(), count: number });
  }

  private sayIncomplete(outputs: CellOutputs, number: number): void {
    const note = "the kernel's word that all outputs of this cell are sent did not come; some may be missing";
    outputs.note(note);
    this.report(number, { note });
  }

  private update({ content }: JupyterMessage): string | undefined {
    const data = (content.data ?? {}) as MimeBundle;
    const id = (content.transient as { display_id?: string } | undefined)?.display_id ?? "";
    for (const outputs of this.collectors.values()) {
      outputs.update(id, data, (content.metadata ?? {}) as Record<string, unknown>);
    }
    return watchedText(data);
  }

  private failure(cell: NotebookCell, { output, count, cause, remark }: CellFailure): NotebookError {
    const codeLine = failedLine(joinedText(cell.source), output, count);
    const number = this.notebook.cells.indexOf(cell) + 1;
    const place = `cell ${number}${codeLine === undefined ? "" : `, ${codeLine}`}`;
    const message = output.evalue === "" ? output.ename : `${output.ename}: ${output.evalue}`;
    const text = [place, message, ...(remark === undefined ? [] : [remark])].join("\n  ");
    return new NotebookError(text, {
      file: this.file,
      cell: number,
      ename: output.ename,
      ...(codeLine === undefined ? {} : { codeLine }),
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** What the end of the kernel, after all cells, says of them. */
  checkEnd(exit: KernelExit | undefined): void {
    const last = this.cells.at(-1) as NotebookCell;
    if (exit === undefined) {
      this.report(this.done, {
        note: "the kernel was still at work after the last cell and was ended; is an await missing?",
      });
    } else if (exit.signal !== null) {
      this.report(this.done, { note: `the kernel crashed as it ended, by ${exit.signal}; all cells had ended before` });
    } else if (exit.code !== 0) {
      const output = this.collectors.get(last)?.failWith("KernelDied", `the kernel ended with exit code ${exit.code}`);
      if (output !== undefined) this.late ??= this.failure(last, { output, remark: NOT_AWAITED });
    }
  }

  /** Writes what was collected into the cells. Late outputs count until here. */
  collect(): void {
    for (const [cell, outputs] of this.collectors) cell.outputs = outputs.outputs();
  }
}

import type { JupyterMessage } from "./jupyter-message.js";
import type { KernelReport, LateReport } from "./kernel-reports.js";
import { NotebookError } from "./notebook-error.js";

/** What the kernel answered. */
export interface CellReply {
  status: "ok" | "error" | "abort";
  executionCount: number | null;
  /** Whether all that the cell published has come; false when the end of it was waited for in vain. */
  complete: boolean;
}

export interface CellRequestOptions {
  /** Seconds of silence that a healthy kernel never keeps. Default: 10; above 0. */
  patience?: number;
  /** Seconds after which a kernel that has not begun the cell is given up. Default: 600. */
  beginWithin?: number;
  /** Receives what the cell publishes (stream, display_data, …), late messages of its timers included. */
  onMessage?: (message: JupyterMessage) => void;
  /**
   * Receives what the cell threw where no one waits for it, also after it has ended; or, where it is not known which cell
   * that was, what was thrown while it was the last that had begun.
   */
  onLateError?: (late: Pick<LateReport, "trace" | "known">) => void;
  /** Told in a sentence when the kernel keeps silent. */
  onSilence?: (sentence: string) => void;
  /** Sends something that a listening kernel answers, which wakes both sides. */
  nudge?: () => void;
}

/**
 * A cell on its way: whether it has begun, what it publishes, the reply and the end of both. Anything of it may get lost;
 * then it is said, and waited for no longer than it takes.
 */
export class CellRequest {
  readonly finished: Promise<CellReply>;
  private resolve: (reply: CellReply) => void = () => undefined;
  private reject: (error: NotebookError) => void = () => undefined;
  private readonly patience: number;
  private readonly watch: NodeJS.Timeout;
  private newsAt: number = performance.now();
  private begun = false;
  private reply: Omit<CellReply, "complete"> | undefined;
  private idle = false;
  /** Whether this kernel reports at all; a foreign copy of tslab does not. */
  private reports = false;
  private rested = false;
  private silences = 0;

  constructor(private readonly options: CellRequestOptions) {
    this.patience = options.patience ?? 10;
    this.finished = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.finished.catch(() => undefined);
    this.watch = setInterval(() => this.look(), 100 * this.patience);
    this.watch.unref();
  }

  /** Takes a message of the kernel's publications. */
  takePublished(message: JupyterMessage): void {
    this.news();
    this.begun = true;
    if (message.header.msg_type !== "status") this.options.onMessage?.(message);
    else if (message.content.execution_state === "idle") this.idle = true;
    this.settle();
  }

  /** Takes the reply. */
  takeReply({ content }: JupyterMessage): void {
    this.news();
    this.begun = true;
    const count = content.execution_count;
    const executionCount = typeof count === "number" ? count : null;
    this.reply = { status: content.status as CellReply["status"], executionCount };
    this.settle();
  }

  takeReport(report: KernelReport): void {
    this.news();
    this.reports = true;
    switch (report.event) {
      case "begun":
        this.begun = true;
        break;
      case "rested":
        this.rested = true;
        this.settle();
        break;
      case "late":
        this.options.onLateError?.(report);
    }
  }

  /** Ends the watch; messages that come later still reach their receivers. */
  forget(): void {
    clearInterval(this.watch);
  }

  private news(): void {
    this.newsAt = performance.now();
    this.silences = 0;
  }

  private settle(): void {
    if (this.reply === undefined || !this.idle || (this.reports && !this.rested)) return;
    this.resolve({ ...this.reply, complete: true });
  }

  /** Looks how long nothing has come, and does what is due. */
  private look(): void {
    const silent = (performance.now() - this.newsAt) / 1000;
    if (silent < this.patience * (this.silences + 1)) return;
    this.silences++;
    if (!this.begun) this.waitForBegin(silent);
    else if (this.reply !== undefined) this.resolve({ ...this.reply, complete: false });
    else if (this.idle || this.rested) this.waitForReply();
    else if (this.silences === 6) this.say(`has said nothing for ${Math.round(silent)} s; it is at work, or stuck`);
  }

  private waitForBegin(silent: number): void {
    const { beginWithin = 600 } = this.options;
    if (silent >= beginWithin) {
      const message = `the kernel has not begun the cell within ${Math.round(silent)} s`;
      this.reject(new NotebookError(message, { ename: "KernelLost" }));
      return;
    }
    if (this.silences === 1) this.say(`has not begun after ${Math.round(silent)} s; asking the kernel again`);
    this.options.nudge?.();
  }

  private waitForReply(): void {
    if (this.silences === 1) this.options.nudge?.();
    else {
      const message = "the cell has ended, but the kernel's reply is lost, so it is not known how";
      this.reject(new NotebookError(message, { ename: "ReplyLost" }));
    }
  }

  private say(what: string): void {
    this.options.onSilence?.(`the cell ${what}`);
  }
}

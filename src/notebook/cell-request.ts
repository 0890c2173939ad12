import type { JupyterMessage } from "./jupyter-message.js";

/** An error as the kernel tells of it. */
export interface CellError {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** How a cell ended. */
export interface CellReply {
  status: "ok" | "error" | "aborted";
  executionCount: number | null;
  /** Where `status` is "error". */
  error?: CellError;
}

/** A request on its way: it is over when both its reply and the word that all it published is out have come. */
export class CellRequest {
  readonly finished: Promise<CellReply>;
  private resolve: (reply: CellReply) => void = () => undefined;
  private reply: CellReply | undefined;
  private idle = false;

  /** @param onMessage receives what the cell publishes (stream, display_data, …), also after it is over */
  constructor(private readonly onMessage: (message: JupyterMessage) => void = () => undefined) {
    this.finished = new Promise(resolve => {
      this.resolve = resolve;
    });
  }

  /** Takes a message of the kernel's publications. */
  takePublished(message: JupyterMessage): void {
    if (message.header.msg_type !== "status") this.onMessage(message);
    else if (message.content.execution_state === "idle") this.idle = true;
    this.settle();
  }

  /** Takes the reply. */
  takeReply({ content }: JupyterMessage): void {
    const { status, execution_count: count } = content as { status: CellReply["status"]; execution_count?: unknown };
    const error = { ok: undefined, aborted: undefined, error: errorIn(content) }[status];
    this.reply = { status, executionCount: typeof count === "number" ? count : null, ...(error && { error }) };
    this.settle();
  }

  private settle(): void {
    if (this.reply !== undefined && this.idle) this.resolve(this.reply);
  }
}

/** The error that an `error` message, or the reply to a cell that failed, tells of. */
export function errorIn(content: Record<string, unknown>): CellError {
  const { ename = "Error", evalue = "", traceback = [] } = content as Partial<CellError>;
  return { ename, evalue, traceback };
}

import { randomUUID } from "node:crypto";
import type { Dealer, Subscriber } from "zeromq";
import { type CellReply, CellRequest, type CellRequestOptions } from "./cell-request.js";
import { ADDRESS_TAKEN, type Connection } from "./connection.js";
import { decodeMessage, encodeMessage, type JupyterMessage, jupyterRequest } from "./jupyter-message.js";
import type { KernelExit, KernelProcess } from "./kernel-process.js";
import type { KernelReport } from "./kernel-reports.js";
import { NotebookError } from "./notebook-error.js";

export interface CellOptions extends Omit<CellRequestOptions, "nudge"> {
  /** Seconds the cell may take; then the kernel is killed, as an endless loop hears nothing else. Default: no limit. */
  timeout?: number;
  /** Aborting kills the kernel; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** A running kernel. One cell at a time. */
export interface Kernel {
  readonly pid: number;
  /**
   * Runs code as a cell.
   * @throws {NotebookError} `ename` "TimeoutError" after the time-out, "KernelDied" when the process is gone,
   * "KernelLost" when it does not begin the cell, "ReplyLost" when it does not say how the cell ended
   */
  execute(code: string, options?: CellOptions): Promise<CellReply>;
  /**
   * Ends the kernel: asks, then kills after `patience` seconds (default 2). Never throws; may be called twice.
   * @returns how it ended; undefined when it had to be killed
   */
  shutdown(patience?: number): Promise<KernelExit | undefined>;
}

/** The client's ends of a kernel's channels. */
export interface Sockets {
  shell: Dealer;
  control: Dealer;
  iopub: Subscriber;
}

/** A request on its way. */
type Pending = Pick<CellRequest, "takeReply" | "takePublished">;

const sleep = (seconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, 1000 * seconds));

/** The same, but it does not keep the process from ending. */
const atMost = (seconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, 1000 * seconds).unref());

function exitText(exit: KernelExit): string {
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  return exit.lastWords === "" ? how : `${how}; it last said:\n${exit.lastWords}`;
}

/** A kernel in a process of tslab. */
export class TslabKernel implements Kernel {
  private readonly session: string = randomUUID();
  private readonly pending: Map<string, Pending> = new Map();
  private readonly cells: Map<string, CellRequest> = new Map();
  private readonly died: Promise<KernelExit>;
  private ending: Promise<KernelExit | undefined> | undefined;

  constructor(
    private readonly child: KernelProcess,
    private readonly connection: Connection,
    private readonly sockets: Sockets,
  ) {
    this.died = child.exited;
    void this.listen(sockets.shell, (message, request) => request.takeReply(message));
    void this.listen(sockets.control, (message, request) => request.takeReply(message));
    void this.listen(sockets.iopub, (message, request) => request.takePublished(message));
  }

  get pid(): number {
    return this.child.pid;
  }

  private async listen(
    socket: AsyncIterable<Uint8Array[]>,
    deliver: (message: JupyterMessage, request: Pending) => void,
  ): Promise<void> {
    for await (const frames of socket) {
      const message = decodeMessage(frames, this.connection.info.key);
      const request = this.pending.get(message?.parent_header.msg_id ?? "");
      if (message !== undefined && request !== undefined) deliver(message, request);
    }
  }

  /** Takes what the kernel says of itself on its pipe. */
  takeReport(report: KernelReport): void {
    this.cells.get(report.cell)?.takeReport(report);
  }

  private async send(channel: "shell" | "control", message: JupyterMessage): Promise<void> {
    await this.sockets[channel].send(encodeMessage(message, this.connection.info.key));
  }

  /** Asks for kernel_info until both channels answer: what iopub says before it has joined is lost. */
  async ready(timeout: number): Promise<void> {
    let answered = false;
    let joined = false;
    const request: Pending = {
      takeReply: () => {
        answered = true;
      },
      takePublished: () => {
        joined = true;
      },
    };
    const exit = this.died.then(e => {
      throw new NotebookError(`the tslab kernel ended while starting (${exitText(e)})`, {
        ename: e.code === ADDRESS_TAKEN ? "AddressTaken" : "KernelDied",
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new NotebookError(`the tslab kernel did not answer within ${timeout} s`, { ename: "TimeoutError" });
      timer = setTimeout(() => reject(error), 1000 * timeout);
    });
    try {
      // More and more seldom: all of them are answered, also those of a slow start.
      for (let pause = 0.05; !(answered && joined); pause = Math.min(1, 1.2 * pause)) {
        const message = jupyterRequest("kernel_info_request", this.session, {});
        this.pending.set(message.header.msg_id, request);
        await Promise.race([this.send("shell", message).then(() => sleep(pause)), exit, late]);
      }
    } finally {
      clearTimeout(timer);
      exit.catch(() => undefined);
      late.catch(() => undefined);
      this.pending.clear();
    }
  }

  async execute(code: string, options: CellOptions = {}): Promise<CellReply> {
    const message = jupyterRequest("execute_request", this.session, {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    });
    const nudge = (): void => void this.send("shell", jupyterRequest("kernel_info_request", this.session, {}));
    const request = new CellRequest({ ...options, nudge });
    this.pending.set(message.header.msg_id, request);
    this.cells.set(message.header.msg_id, request);
    const stopped = this.untilStopped(options);
    try {
      return await Promise.race([this.send("shell", message).then(() => request.finished), stopped.promise]);
    } finally {
      stopped.forget();
      request.forget();
    }
  }

  /** Rejects when the kernel dies, the time is up or the caller aborts; the latter two end the kernel. */
  private untilStopped({ timeout, signal }: CellOptions): { promise: Promise<never>; forget(): void } {
    let forget = (): void => undefined;
    const promise = new Promise<never>((_, reject) => {
      const stop = (reason: unknown): void => {
        this.child.kill("SIGKILL");
        reject(reason);
      };
      const timer =
        timeout === undefined
          ? undefined
          : setTimeout(() => {
              stop(new NotebookError(`the cell took longer than ${timeout} s`, { ename: "TimeoutError" }));
            }, 1000 * timeout);
      const abort = (): void => stop(signal?.reason);
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort, { once: true });
      forget = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      void this.died.then(exit => {
        reject(new NotebookError(`the kernel died (${exitText(exit)})`, { ename: "KernelDied" }));
      });
    });
    promise.catch(() => undefined);
    return { promise, forget };
  }

  shutdown(patience = 2): Promise<KernelExit | undefined> {
    this.ending ??= this.end(patience);
    return this.ending;
  }

  private async end(patience: number): Promise<KernelExit | undefined> {
    const request = jupyterRequest("shutdown_request", this.session, { restart: false });
    const asked = this.send("control", request).catch(() => undefined);
    const exit = await Promise.race([asked.then(() => this.died), this.died, atMost(patience)]);
    this.child.kill("SIGKILL");
    // Nothing survives SIGKILL for long; should the system not tell us of its end, we go on all the same.
    await Promise.race([this.died, atMost(5)]);
    for (const socket of Object.values(this.sockets)) socket.close();
    await this.connection.remove();
    return exit ?? undefined;
  }
}

import { randomUUID } from "node:crypto";
import type { Dealer, Subscriber } from "zeromq";
import { type Connection, prepareConnection } from "./connection.js";
import { decodeMessage, encodeMessage, type JupyterMessage, jupyterRequest } from "./jupyter-message.js";
import { type KernelExit, type KernelProcess, startKernelProcess } from "./kernel-process.js";
import { NotebookError } from "./notebook-error.js";

export interface KernelOptions {
  /** Working directory of the kernel. */
  folder: string;
  /** Environment variables of the kernel. Default: those of this process. */
  environment?: NodeJS.ProcessEnv;
  /** Seconds the kernel may take to answer first. Default: 60; above 0. */
  startTimeout?: number;
}

export interface CellOptions {
  /** Seconds the cell may take; then the kernel is killed, as an endless loop hears nothing else. Default: no limit. */
  timeout?: number;
  /** Receives what the cell publishes (stream, display_data, …), late messages of its timers included. */
  onMessage?: (message: JupyterMessage) => void;
  /** Aborting kills the kernel; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What the kernel answered. */
export interface CellReply {
  status: "ok" | "error" | "abort";
  executionCount: number | null;
}

/** A running kernel. One cell at a time. */
export interface Kernel {
  readonly pid: number;
  /**
   * Runs code as a cell.
   * @throws {NotebookError} `ename` "TimeoutError" after the time-out, "KernelDied" when the process is gone
   */
  execute(code: string, options?: CellOptions): Promise<CellReply>;
  /** Ends the kernel: asks, then kills after `patience` seconds (default 2). Never throws; may be called twice. */
  shutdown(patience?: number): Promise<void>;
}

interface Sockets {
  shell: Dealer;
  control: Dealer;
  iopub: Subscriber;
}

/** A request on its way. */
interface Pending {
  onReply(message: JupyterMessage): void;
  onPublished(message: JupyterMessage): void;
}

const sleep = (seconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, 1000 * seconds));

/** The same, but it does not keep the process from ending. */
const atMost = (seconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, 1000 * seconds).unref());

function exitText(exit: KernelExit): string {
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  return exit.lastWords === "" ? how : `${how}; it last said:\n${exit.lastWords}`;
}

class TslabKernel implements Kernel {
  private readonly session: string = randomUUID();
  private readonly pending: Map<string, Pending> = new Map();
  private readonly died: Promise<KernelExit>;
  private ending: Promise<void> | undefined;

  constructor(
    private readonly child: KernelProcess,
    private readonly connection: Connection,
    private readonly sockets: Sockets,
  ) {
    this.died = child.exited;
    void this.listen(sockets.shell, (message, request) => request.onReply(message));
    void this.listen(sockets.control, (message, request) => request.onReply(message));
    void this.listen(sockets.iopub, (message, request) => request.onPublished(message));
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

  private async send(channel: "shell" | "control", message: JupyterMessage): Promise<void> {
    await this.sockets[channel].send(encodeMessage(message, this.connection.info.key));
  }

  /** Asks for kernel_info until both channels answer: what iopub says before it has joined is lost. */
  async ready(timeout: number): Promise<void> {
    let answered = false;
    let joined = false;
    const request: Pending = {
      onReply: () => {
        answered = true;
      },
      onPublished: () => {
        joined = true;
      },
    };
    const exit = this.died.then(e => {
      throw new NotebookError(`the tslab kernel ended while starting (${exitText(e)})`, { ename: "KernelDied" });
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new NotebookError(`the tslab kernel did not answer within ${timeout} s`, { ename: "TimeoutError" });
      timer = setTimeout(() => reject(error), 1000 * timeout);
    });
    try {
      while (!(answered && joined)) {
        const message = jupyterRequest("kernel_info_request", this.session, {});
        this.pending.set(message.header.msg_id, request);
        await Promise.race([this.send("shell", message).then(() => sleep(0.05)), exit, late]);
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
    const finished = this.untilFinished(message.header.msg_id, options);
    const stopped = this.untilStopped(options);
    try {
      return await Promise.race([this.send("shell", message).then(() => finished), stopped.promise]);
    } finally {
      stopped.forget();
    }
  }

  /** Settles when both the reply and the idle status are there; messages that come later still reach onMessage. */
  private untilFinished(id: string, options: CellOptions): Promise<CellReply> {
    return new Promise(resolve => {
      let reply: CellReply | undefined;
      let idle = false;
      const settle = (): void => {
        if (reply !== undefined && idle) resolve(reply);
      };
      this.pending.set(id, {
        onReply: ({ content }) => {
          const count = content.execution_count;
          reply = {
            status: content.status as CellReply["status"],
            executionCount: typeof count === "number" ? count : null,
          };
          // The idle status follows at once; a lost one must not hold us.
          void atMost(2).then(() => {
            idle = true;
            settle();
          });
          settle();
        },
        onPublished: published => {
          if (published.header.msg_type !== "status") options.onMessage?.(published);
          else if (published.content.execution_state === "idle") idle = true;
          settle();
        },
      });
    });
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

  shutdown(patience = 2): Promise<void> {
    this.ending ??= this.end(patience);
    return this.ending;
  }

  private async end(patience: number): Promise<void> {
    const request = jupyterRequest("shutdown_request", this.session, { restart: false });
    await Promise.race([this.send("control", request).then(() => this.died), this.died, atMost(patience)]).catch(
      () => undefined,
    );
    this.child.kill("SIGKILL");
    // Nothing survives SIGKILL for long; should the system not tell us of its end, we go on all the same.
    await Promise.race([this.died, atMost(5)]);
    for (const socket of Object.values(this.sockets)) socket.close();
    await this.connection.remove();
  }
}

/**
 * Starts a tslab kernel and connects to it; needs no Python and no Jupyter. The kernel dies with this process.
 * @throws {NotebookError} when it does not start or not answer in time
 */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  const [zmq, connection] = await Promise.all([import("zeromq"), prepareConnection()]);
  const child = startKernelProcess(connection.file, options.folder, options.environment ?? process.env);
  const limits = { linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 };
  const sockets: Sockets = {
    shell: new zmq.Dealer(limits),
    control: new zmq.Dealer(limits),
    iopub: new zmq.Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
  };
  const { transport, ip, shell_port, control_port, iopub_port } = connection.info;
  sockets.shell.connect(`${transport}://${ip}:${shell_port}`);
  sockets.control.connect(`${transport}://${ip}:${control_port}`);
  sockets.iopub.connect(`${transport}://${ip}:${iopub_port}`);
  sockets.iopub.subscribe();
  const kernel = new TslabKernel(child, connection, sockets);
  try {
    await kernel.ready(options.startTimeout ?? 60);
  } catch (error) {
    await kernel.shutdown(0);
    throw error;
  }
  return kernel;
}

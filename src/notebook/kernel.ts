import { randomUUID } from "node:crypto";
import type { Dealer, Subscriber } from "zeromq";
import { type CellReply, CellRequest } from "./cell-request.js";
import { ADDRESS_TAKEN, type Connection } from "./connection.js";
import { decodeMessage, encodeMessage, type JupyterMessage, jupyterRequest } from "./jupyter-message.js";
import type { KernelExit, KernelProcess } from "./kernel-process.js";
import { NotebookError } from "./notebook-error.js";

export interface CellOptions {
  /** Seconds the cell may take; then it is interrupted. Default: no limit. */
  timeout?: number;
  /** Aborting interrupts the cell; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Shown and counted as no cell is. Default: false. */
  silent?: boolean;
  /** Receives what the cell publishes (stream, display_data, error, …), also after it has ended. */
  onMessage?: (message: JupyterMessage) => void;
}

/** A running kernel. One cell at a time. */
export interface Kernel {
  readonly pid: number;
  /** `language_info` of notebooks that it has run. */
  readonly languageInfo: Record<string, unknown>;
  /**
   * Runs code as a cell.
   * @throws {NotebookError} `ename` "TimeoutError" after the time-out, "KernelDied" when the process is gone
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

/** Seconds in which an interrupted cell must end. Ours keeps what it has computed, for at most 3 s. */
const INTERRUPT_PATIENCE = 6;

/** Seconds in which is read what a kernel published before it died. */
const LAST_WORDS = 0.2;

const sleep = (seconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, 1000 * seconds));

/** The same, but it does not keep the process from ending. */
const atMost = (seconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, 1000 * seconds).unref());

function exitText(exit: KernelExit): string {
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  return exit.lastWords === "" ? how : `${how}; it last said:\n${exit.lastWords}`;
}

/** A kernel in a process of its own, spoken to by the Jupyter protocol. */
export class KernelClient implements Kernel {
  languageInfo: Record<string, unknown> = {};
  private readonly session: string = randomUUID();
  private readonly pending: Map<string, Pending> = new Map();
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

  private async send(
    channel: "shell" | "control",
    type: string,
    content: Record<string, unknown>,
    request?: Pending,
  ): Promise<void> {
    const message = jupyterRequest(type, this.session, content);
    if (request !== undefined) this.pending.set(message.header.msg_id, request);
    await this.sockets[channel].send(encodeMessage(message, this.connection.info.key));
  }

  /** Asks for kernel_info until both channels answer: what iopub says before it has joined is lost. */
  async ready(timeout: number): Promise<void> {
    let answered = false;
    let joined = false;
    const request: Pending = {
      takeReply: ({ content }) => {
        answered = true;
        this.languageInfo = (content.language_info ?? {}) as Record<string, unknown>;
      },
      takePublished: () => {
        joined = true;
      },
    };
    const exit = this.died.then(e => {
      throw new NotebookError(`the kernel ended while starting (${exitText(e)})`, {
        ename: e.code === ADDRESS_TAKEN ? "AddressTaken" : "KernelDied",
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new NotebookError(`the kernel did not answer within ${timeout} s`, { ename: "TimeoutError" });
      timer = setTimeout(() => reject(error), 1000 * timeout);
    });
    try {
      // More and more seldom: all of them are answered, also those of a slow start.
      for (let pause = 0.05; !(answered && joined); pause = Math.min(1, 1.2 * pause)) {
        const asked = this.send("shell", "kernel_info_request", {}, request);
        await Promise.race([asked.then(() => sleep(pause)), exit, late]);
      }
    } finally {
      clearTimeout(timer);
      exit.catch(() => undefined);
      late.catch(() => undefined);
      this.pending.clear();
    }
  }

  async execute(code: string, options: CellOptions = {}): Promise<CellReply> {
    const request = new CellRequest(options.onMessage);
    const silent = options.silent ?? false;
    const asks = { user_expressions: {}, allow_stdin: false, stop_on_error: true };
    const stopped = this.untilStopped(request.finished, options);
    try {
      const content = { code, silent, store_history: !silent, ...asks };
      const sent = this.send("shell", "execute_request", content, request);
      const reply = await Promise.race([sent.then(() => request.finished), stopped.promise]);
      return stopped.begun() ? await stopped.promise : reply;
    } finally {
      stopped.forget();
    }
  }

  /**
   * Rejects when the kernel dies, the time is up or the caller aborts; in the latter two cases when the cell has ended by
   * its interrupt, or the kernel, which hears none, was killed.
   */
  private untilStopped(
    finished: Promise<unknown>,
    { timeout, signal }: CellOptions,
  ): { promise: Promise<never>; begun(): boolean; forget(): void } {
    let stops = false;
    let forget = (): void => undefined;
    const promise = new Promise<never>((_, reject) => {
      const stop = (reason: unknown): void => {
        stops = true;
        void this.interrupt(finished).finally(() => reject(reason));
      };
      const tookLong = new NotebookError(`the cell took longer than ${timeout} s`, { ename: "TimeoutError" });
      const timer = timeout === undefined ? undefined : setTimeout(() => stop(tookLong), 1000 * timeout);
      const abort = (): void => stop(signal?.reason);
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort, { once: true });
      forget = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      void this.died.then(async exit => {
        await sleep(LAST_WORDS);
        if (!stops) reject(new NotebookError(`the kernel died (${exitText(exit)})`, { ename: "KernelDied" }));
      });
    });
    promise.catch(() => undefined);
    return { promise, begun: () => stops, forget };
  }

  private async interrupt(finished: Promise<unknown>): Promise<void> {
    await this.send("control", "interrupt_request", {});
    const ended = Promise.race([finished, this.died]).then(() => true);
    if (await Promise.race([ended, atMost(INTERRUPT_PATIENCE)])) return;
    this.child.kill();
    await Promise.race([this.died, atMost(5)]);
  }

  shutdown(patience = 2): Promise<KernelExit | undefined> {
    this.ending ??= this.end(patience);
    return this.ending;
  }

  private async end(patience: number): Promise<KernelExit | undefined> {
    const asked = this.send("control", "shutdown_request", { restart: false }).catch(() => undefined);
    const exit = await Promise.race([asked.then(() => this.died), this.died, atMost(patience)]);
    this.child.kill();
    // Nothing survives SIGKILL for long; should the system not tell us of its end, we go on all the same.
    await Promise.race([this.died, atMost(5)]);
    for (const socket of Object.values(this.sockets)) socket.close();
    await this.connection.remove();
    return exit ?? undefined;
  }
}

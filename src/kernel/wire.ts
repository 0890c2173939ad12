import type { MessagePort } from "node:worker_threads";
import type { ConnectionInfo } from "../notebook/connection.js";
import { decodeMessage, messageStart } from "../notebook/jupyter-message.js";
import { CellHistory } from "./cell-history.js";
import { CellQueue } from "./cell-queue.js";
import { CompilerClient } from "./compiler-client.js";
import type { Terminator } from "./insist.js";
import { type OpenPromise, openPromise } from "./open-promise.js";
import { Publisher } from "./publisher.js";
import { requestFault } from "./request-fault.js";
import { type KernelParts, REQUESTS } from "./requests.js";
import type { ToCells, ToWire } from "./thread-messages.js";
import type { RequestChannel, WireRequest } from "./wire-request.js";
import { openSockets, type WireSockets } from "./wire-sockets.js";

export interface WireOptions {
  info: ConnectionInfo;
  /** The cells' thread. */
  cells: MessagePort;
  /** The compiler's thread. */
  compiler: MessagePort;
  /** Makes what terminates the code of the cells' thread; undefined where the process would not survive it. */
  connect: (() => Terminator) | undefined;
  /** Told when the sockets are closed. @param stuck whether the cells' thread did not end by itself */
  closed: (stuck: boolean) => void;
}

/** Milliseconds that what runs has to stop, and then the cells' thread to say good-bye, when the kernel ends. */
const STOPPING = 3500;
const PARTING = 1000;
/** Milliseconds in which is read what the cells' thread said before it ended. */
const LAST_WORDS = 20;

const sleep = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));

/** The kernel as its front ends know it: answers requests at any time, and has cells run one after the other. */
export class Wire implements KernelParts {
  readonly info: ConnectionInfo;
  readonly compiler: CompilerClient;
  readonly history: CellHistory = new CellHistory();
  readonly publisher: Publisher;
  private readonly queue: CellQueue;
  private readonly farewell: OpenPromise = openPromise();
  private ending: Promise<void> | undefined;

  private constructor(
    private readonly options: WireOptions,
    private readonly sockets: WireSockets,
  ) {
    const { cells, connect, info } = options;
    this.info = info;
    this.publisher = new Publisher(sockets, info.key);
    this.compiler = new CompilerClient(options.compiler);
    const post = (message: ToCells): void => cells.postMessage(message);
    const threads = { compiler: this.compiler, post, connect };
    this.queue = new CellQueue({
      publisher: this.publisher,
      history: this.history,
      threads,
      left: () => this.farewell.resolve(),
    });
    cells.on("message", (message: ToWire) => this.queue.hear(message));
  }

  /**
   * Begins to listen.
   * @throws {UnavailableError} when an address cannot be had
   */
  static async start(options: WireOptions): Promise<Wire> {
    const sockets = await openSockets(options.info);
    const wire = new Wire(options, sockets);
    sockets.listen({
      receive: (channel, frames) => wire.receive(channel, frames),
      subscribed: topic => wire.publisher.publish("iopub_welcome", { subscription: String(topic) }, {}, topic),
    });
    // No status "starting": nobody can have subscribed yet, and whoever does now is to hear its welcome first.
    return wire;
  }

  private receive(channel: RequestChannel, frames: Uint8Array[]): void {
    const message = decodeMessage(frames, this.info.key);
    if (message === undefined) return; // not from our front end
    const request = { ...message, channel, identities: frames.slice(0, messageStart(frames)) };
    const type = message.header.msg_type;
    if (type === "execute_request") this.queue.take(request);
    else if (type === "input_reply") this.queue.takeInput(request);
    else void this.answer(request);
  }

  /** Answers a request that is not about running a cell: at once, also while one runs. */
  private async answer(request: WireRequest): Promise<void> {
    const { header, content } = request;
    this.publisher.status("busy", header);
    const handler = Object.hasOwn(REQUESTS, header.msg_type) ? REQUESTS[header.msg_type] : undefined;
    try {
      if (handler === undefined) throw new TypeError(`this kernel does not know requests of type ${header.msg_type}`);
      const reply = await handler(content, this, request);
      if (reply !== undefined) this.publisher.reply(request, { status: "ok", ...reply });
    } catch (error) {
      if (header.msg_type.endsWith("_request")) this.publisher.reply(request, { ...requestFault(error) });
    }
    this.publisher.status("idle", header);
    // Front ends take the last status for the kernel's.
    if (this.queue.runningHeader !== undefined) this.publisher.status("busy", this.queue.runningHeader);
  }

  interrupt(): Promise<void> {
    return this.queue.interrupt();
  }

  /** Ends the kernel: stops what runs, lets the cells' thread end, closes the sockets. May be called often. */
  end(): Promise<void> {
    this.ending ??= this.close();
    return this.ending;
  }

  /** Sends what was said and closes the sockets of a process that a cell has ended. */
  async leave(): Promise<void> {
    await sleep(LAST_WORDS); // which come by another port than the word of the end
    await this.queue.flush();
    this.sockets.close();
  }

  private async close(): Promise<void> {
    await Promise.race([this.queue.stop(), sleep(STOPPING)]);
    this.options.cells.postMessage({ type: "shutdown" } satisfies ToCells);
    const left = await Promise.race([this.farewell.promise.then(() => true), sleep(PARTING).then(() => false)]);
    this.sockets.close();
    this.options.closed(!left);
  }
}

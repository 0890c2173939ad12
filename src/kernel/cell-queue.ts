import type { MessageHeader } from "../notebook/jupyter-message.js";
import type { CellHistory } from "./cell-history.js";
import { type CellReplyContent, CellRun, type CellThreads } from "./cell-run.js";
import { type ExecuteOptions, executeOptions } from "./execute-request.js";
import { FoldedOutputs, type Output } from "./folded-outputs.js";
import { InputRequests } from "./input-requests.js";
import { outputOf, type ShownMessage } from "./output-of.js";
import type { Publisher } from "./publisher.js";
import { requestFault } from "./request-fault.js";
import type { CellId, ToWire } from "./thread-messages.js";
import type { WireRequest } from "./wire-request.js";

/** What is known of a cell as long as it may say something: for ever, as timers may. */
interface CellOrigin {
  header: MessageHeader;
  silent: boolean;
  storeHistory: boolean;
  /** The number that its outputs carry. */
  count: number;
}

/** Milliseconds before the reply to a cell that failed, in which is read what was sent in ignorance of that. */
const UNREAD = 20;

export interface CellQueueParts {
  publisher: Publisher;
  history: CellHistory;
  threads: CellThreads;
  /** Told that the cells' thread has ended. */
  left: () => void;
}

/** Runs cells one after the other, as execute_requests ask for them, and publishes what they say. */
export class CellQueue {
  private readonly requests: WireRequest[] = [];
  private readonly origins: Map<CellId, CellOrigin> = new Map();
  private readonly outputs: FoldedOutputs;
  private readonly inputs: InputRequests;
  private count = 0;
  private working = false;
  private running: { request: WireRequest; options: ExecuteOptions; cell: CellRun } | undefined;
  private interrupting: Promise<void> | undefined;

  constructor(private readonly parts: CellQueueParts) {
    this.outputs = new FoldedOutputs(output => this.publishOutput(output));
    this.inputs = new InputRequests(parts.publisher);
  }

  /** Takes an execute_request. */
  take(request: WireRequest): void {
    this.requests.push(request);
    if (!this.working) void this.work();
  }

  /** Takes an input_reply. */
  takeInput(reply: WireRequest): void {
    this.inputs.take(reply);
  }

  /** The header of the request whose cell runs. */
  get runningHeader(): MessageHeader | undefined {
    return this.running?.request.header;
  }

  /** Stops the cell that runs, if one does. Resolves when it has ended. */
  async interrupt(): Promise<void> {
    if (this.running === undefined) return;
    this.interrupting ??= this.running.cell.interrupt().finally(() => {
      this.interrupting = undefined;
    });
    this.inputs.interrupt();
    await this.interrupting;
  }

  /** Forgets the cells that wait and stops the one that runs. */
  async stop(): Promise<void> {
    this.requests.length = 0;
    await this.interrupt();
    await this.outputs.flush();
  }

  /** Publishes what waits to be. */
  flush(): Promise<void> {
    return this.outputs.flush();
  }

  /** Takes what the cells' thread says. */
  hear(message: ToWire): void {
    switch (message.type) {
      case "input":
        void this.askForInput(message);
        break;
      case "interrupting":
        this.cellOf(message)?.hear();
        break;
      case "ended":
        this.cellOf(message)?.end(message.outcome);
        break;
      case "evaluated":
        this.cellOf(message)?.endEvaluation(message.id, message.result);
        break;
      case "stream":
      case "display":
      case "clear":
      case "result":
      case "late":
        this.show(message);
        break;
      case "bye":
        this.parts.left();
        break;
      default:
        message satisfies never;
    }
  }

  private cellOf({ cell }: { cell: CellId }): CellRun | undefined {
    return this.running?.request.header.msg_id === cell ? this.running.cell : undefined;
  }

  private show(message: ShownMessage): void {
    const origin = this.origins.get(message.cell);
    if (origin === undefined) return;
    if (message.type === "result" && origin.storeHistory) {
      this.parts.history.addOutput(origin.count, String(message.value.data["text/plain"]));
    }
    if (!origin.silent) this.outputs.push({ cell: message.cell, ...outputOf(message, origin.count) });
  }

  private async askForInput(input: Extract<ToWire, { type: "input" }>): Promise<void> {
    await this.outputs.flush(); // what the question refers to
    const { request, options } = this.running ?? {};
    this.inputs.ask(input, options?.allowStdin && request?.header.msg_id === input.cell ? request : undefined);
  }

  private publishOutput({ cell, type, content }: Output): void {
    this.parts.publisher.publish(type, content, this.origins.get(cell)?.header ?? {});
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let request = this.requests.shift(); request !== undefined; request = this.requests.shift()) {
      await this.answer(request);
    }
    this.working = false;
  }

  private async answer(request: WireRequest): Promise<void> {
    const { publisher } = this.parts;
    const started = new Date().toISOString();
    publisher.status("busy", request.header);
    let options: ExecuteOptions | undefined;
    let content: CellReplyContent;
    try {
      options = executeOptions(request);
      content = await this.run(request, options);
    } catch (error) {
      content = requestFault(error);
    }
    this.running = undefined;
    const stops = content.status === "error" && options?.stopOnError && !options.silent;
    if (stops) await new Promise(resolve => setTimeout(resolve, UNREAD));
    const unaware = stops ? this.requests.splice(0) : [];
    publisher.reply(request, { ...content, execution_count: this.count }, { started });
    publisher.status("idle", request.header);
    for (const one of unaware) this.abort(one);
    await this.interrupting;
  }

  private async run(request: WireRequest, options: ExecuteOptions): Promise<CellReplyContent> {
    const { publisher, history, threads } = this.parts;
    const { code, silent, storeHistory } = options;
    const id = request.header.msg_id;
    if (storeHistory) history.add(++this.count, code);
    this.origins.set(id, { header: request.header, silent, storeHistory, count: this.count });
    if (!silent) publisher.publish("execute_input", { code, execution_count: this.count }, request.header);
    const count = storeHistory ? this.count : null;
    const tell = (text: string): void => this.show({ type: "stream", cell: id, name: "stderr", text });
    const cell = new CellRun({ ...options, id, count, tell }, threads);
    this.running = { request, options, cell };
    const content = await cell.run();
    if (content.status === "error") {
      const { ename, evalue, traceback } = content;
      this.show({ type: "late", cell: id, error: { ename, evalue, traceback } });
    }
    await this.outputs.flush();
    return content;
  }

  /** Answers a cell that is not run because one before it failed. */
  private abort(request: WireRequest): void {
    const { publisher } = this.parts;
    publisher.status("busy", request.header);
    publisher.reply(request, { status: "aborted" }); // without a number, which front ends would write beside the cell
    publisher.status("idle", request.header);
  }
}

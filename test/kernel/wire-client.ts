// A front end over plain zeromq, as simple as can be: what the wire says is compared with the protocol's text, not with
// another implementation of ours.
import { randomUUID } from "node:crypto";
import { Dealer, Request, Subscriber } from "zeromq";
import { type ConnectionInfo, channelAddress } from "../../src/notebook/connection.js";
import {
  decodeMessage,
  encodeMessage,
  type JupyterMessage,
  jupyterRequest,
} from "../../src/notebook/jupyter-message.js";

type Channel = "shell" | "control" | "stdin";
type Content = Record<string, unknown>;

/** A message, which all expectations look into. */
export interface Heard extends JupyterMessage {
  content: Content & { status?: string; ename?: string; execution_state?: string; execution_count?: number };
}

export class WireClient {
  readonly published: Heard[] = [];
  readonly replies: Record<Channel, Heard[]> = { shell: [], control: [], stdin: [] };
  private readonly session = randomUUID();
  private readonly sockets: Record<Channel, Dealer>;
  private readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  private readonly heart = new Request({ linger: 0 });

  constructor(private readonly info: ConnectionInfo) {
    const options = { linger: 0, routingId: this.session, receiveHighWaterMark: 0, sendTimeout: 0 };
    this.sockets = { shell: new Dealer(options), control: new Dealer(options), stdin: new Dealer(options) };
    for (const [channel, socket] of Object.entries(this.sockets)) {
      socket.connect(channelAddress(info, info[`${channel as Channel}_port`]));
      void this.listen(socket, this.replies[channel as Channel]);
    }
    this.heart.connect(channelAddress(info, info.hb_port));
    this.iopub.connect(channelAddress(info, info.iopub_port));
    this.iopub.subscribe();
    void this.listen(this.iopub, this.published);
  }

  private async listen(socket: AsyncIterable<Uint8Array[]>, into: Heard[]): Promise<void> {
    for await (const frames of socket) {
      const message = decodeMessage(frames, this.info.key);
      if (message === undefined) throw new Error("a message that is not signed");
      into.push(message as Heard);
    }
  }

  /** Sends a request. @returns its msg_id */
  send(type: string, content: Content, channel: Channel = "shell"): string {
    const message = jupyterRequest(type, this.session, content);
    void this.sockets[channel].send(encodeMessage(message, this.info.key));
    return message.header.msg_id;
  }

  execute(code: string, more: Content = {}): string {
    return this.send("execute_request", { code, silent: false, store_history: true, allow_stdin: true, ...more });
  }

  /** Frames as they are, signed or not. */
  sendRaw(frames: (string | Buffer)[], channel: Channel = "shell"): void {
    void this.sockets[channel].send(frames);
  }

  async until<Found>(find: () => Found | undefined, what: string): Promise<Found> {
    for (let tries = 0; tries < 6000; tries++) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    throw new Error(`${what} did not come; published: ${this.published.map(one => one.header.msg_type).join(" ")}`);
  }

  /** The reply to a request, and what was published about it up to its `idle`, statuses left out. */
  async answer(id: string, channel: Channel = "shell"): Promise<{ reply: Heard; outputs: Heard[] }> {
    const mine = (one: Heard): boolean => one.parent_header.msg_id === id;
    const isIdle = (one: Heard): boolean => mine(one) && one.content.execution_state === "idle";
    const reply = await this.until(() => this.replies[channel].find(mine), `a reply on ${channel}`);
    await this.until(() => this.published.find(isIdle), "idle");
    return { reply, outputs: this.published.filter(one => mine(one) && one.header.msg_type !== "status") };
  }

  async ask(type: string, content: Content = {}, channel: Channel = "shell"): Promise<Heard> {
    return (await this.answer(this.send(type, content, channel), channel)).reply;
  }

  /** What the heart says back. */
  async beat(text: string): Promise<string> {
    await this.heart.send(text);
    return String((await this.heart.receive())[0]);
  }

  close(): void {
    for (const socket of [...Object.values(this.sockets), this.iopub, this.heart]) socket.close();
  }
}

import { randomUUID } from "node:crypto";
import { encodeMessage, type JupyterMessage } from "../notebook/jupyter-message.js";
import type { Parent, RequestChannel, WireRequest } from "./wire-request.js";
import type { WireSockets } from "./wire-sockets.js";

/** The version of the messaging protocol that we speak. */
export const PROTOCOL_VERSION = "5.4";

/** Makes messages of a kernel and sends them. */
export class Publisher {
  private readonly session: string = randomUUID();

  constructor(
    private readonly sockets: Pick<WireSockets, "send" | "publish">,
    /** Signs all messages. */
    private readonly key: string,
  ) {}

  private message(
    type: string,
    content: Record<string, unknown>,
    parent: Parent,
    metadata: Record<string, unknown> = {},
  ): JupyterMessage {
    const header = {
      msg_id: randomUUID(),
      session: this.session,
      username: "kernel",
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    };
    return { header, parent_header: parent, metadata, content };
  }

  /** Tells all who listen. @param topic what the message is about, for who listens to parts only */
  publish(type: string, content: Record<string, unknown>, parent: Parent, topic: Uint8Array = Buffer.from(type)): void {
    this.sockets.publish([topic, ...encodeMessage(this.message(type, content, parent), this.key)]);
  }

  status(state: "busy" | "idle", parent: Parent): void {
    this.publish("status", { execution_state: state }, parent);
  }

  /** Answers a request on the channel on which it came. */
  reply(request: WireRequest, content: Record<string, unknown>, metadata: Record<string, unknown> = {}): void {
    const type = request.header.msg_type.replace(/_request$/, "_reply");
    const message = this.message(type, content, request.header, metadata);
    this.send(request.channel, request.identities, message);
  }

  /** Asks the client of a request for a line of text. */
  askForInput(request: WireRequest, content: { prompt: string; password: boolean }): void {
    this.send("stdin", request.identities, this.message("input_request", content, request.header));
  }

  private send(channel: RequestChannel, identities: readonly Uint8Array[], message: JupyterMessage): void {
    this.sockets.send(channel, [...identities, ...encodeMessage(message, this.key)]);
  }
}

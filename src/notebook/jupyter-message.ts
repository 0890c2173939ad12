import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** Header of a message of the Jupyter protocol 5.3. */
export interface MessageHeader {
  msg_id: string;
  session: string;
  username: string;
  date: string;
  msg_type: string;
  version: string;
}

/** A message of the Jupyter protocol, without its routing prefix. */
export interface JupyterMessage {
  header: MessageHeader;
  /** Header of the request this answers; `{}` where there is none. */
  parent_header: Partial<MessageHeader>;
  metadata: Record<string, unknown>;
  content: Record<string, unknown>;
}

const delimiter = "<IDS|MSG>";

/** With an empty key, as the protocol has it, nothing is signed. */
function signature(key: string, parts: readonly Uint8Array[]): Buffer {
  if (key === "") return Buffer.alloc(0);
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return Buffer.from(hmac.digest("hex"));
}

/** A new request of a session. */
export function jupyterRequest(type: string, session: string, content: Record<string, unknown>): JupyterMessage {
  const header: MessageHeader = {
    msg_id: randomUUID(),
    session,
    username: "hashbook",
    date: new Date().toISOString(),
    msg_type: type,
    version: "5.3",
  };
  return { header, parent_header: {}, metadata: {}, content };
}

/** A message as the frames of one zeromq send, signed by HMAC-SHA256 with `key`; unsigned where that is empty. */
export function encodeMessage(message: JupyterMessage, key: string): Buffer[] {
  const parts = [message.header, message.parent_header, message.metadata, message.content].map(part =>
    Buffer.from(JSON.stringify(part)),
  );
  return [Buffer.from(delimiter), signature(key, parts), ...parts];
}

/** Where in received frames a message starts: the place of the delimiter, after the routing prefix; -1 in others. */
export function messageStart(frames: readonly Uint8Array[]): number {
  return frames.findIndex(frame => Buffer.from(frame).toString("latin1") === delimiter);
}

/** The message in received frames; undefined when they are no message or not signed with `key`. */
export function decodeMessage(frames: readonly Uint8Array[], key: string): JupyterMessage | undefined {
  const start = messageStart(frames);
  if (start < 0 || frames.length < start + 6) return undefined;
  const parts = frames.slice(start + 2, start + 6);
  const expected = signature(key, parts);
  const actual = Buffer.from(frames[start + 1]);
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined;
  try {
    const [header, parent_header, metadata, content] = parts.map(part =>
      JSON.parse(Buffer.from(part).toString("utf8")),
    );
    return { header, parent_header, metadata, content };
  } catch {
    return undefined; // where nothing is signed, anything may come
  }
}

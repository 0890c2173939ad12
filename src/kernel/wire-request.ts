import type { JupyterMessage, MessageHeader } from "../notebook/jupyter-message.js";

/** The channels on which requests come; their replies go back on the same. */
export type RequestChannel = "shell" | "control" | "stdin";

/** A request with the way back to who sent it. */
export interface WireRequest extends JupyterMessage {
  channel: RequestChannel;
  /** Frames that route a reply to the client. */
  identities: readonly Uint8Array[];
}

/** What messages that follow from a request carry as their parent; `{}` where they follow from none. */
export type Parent = Partial<MessageHeader>;

/** A field of a request that must be a text. Clients of other languages send what they like. */
export function textOf(content: Record<string, unknown>, field: string): string {
  const value = content[field];
  if (typeof value !== "string") throw new TypeError(`"${field}" of a request must be a text, not ${typeof value}`);
  return value;
}

/** A field of a request that must be a number. */
export function numberOf(content: Record<string, unknown>, field: string): number {
  const value = content[field];
  if (typeof value !== "number") throw new TypeError(`"${field}" of a request must be a number, not ${typeof value}`);
  return value;
}

/** A field of a request that is true or false, or left out. */
export function flagOf(content: Record<string, unknown>, field: string, otherwise: boolean): boolean {
  const value = content[field] ?? otherwise;
  if (typeof value !== "boolean") {
    throw new TypeError(`"${field}" of a request must be true or false, not ${typeof value}`);
  }
  return value;
}

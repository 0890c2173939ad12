import type { ConnectionInfo } from "../notebook/connection.js";
import type { CellHistory } from "./cell-history.js";
import { toCodePoints, toUtf16 } from "./code-points.js";
import type { CompilerClient } from "./compiler-client.js";
import { kernelInfo } from "./kernel-info.js";
import type { Publisher } from "./publisher.js";
import { numberOf, textOf, type WireRequest } from "./wire-request.js";

type Content = Record<string, unknown>;

/** What requests are answered with. */
export interface KernelParts {
  readonly info: ConnectionInfo;
  readonly compiler: CompilerClient;
  readonly history: CellHistory;
  readonly publisher: Publisher;
  /** Stops the cell that runs. */
  interrupt(): Promise<void>;
  /** Ends the kernel. */
  end(): Promise<void>;
}

/**
 * Answers a request. The reply's content has `status: "ok"` where it has no other; a message without a reply gives
 * undefined.
 */
type RequestHandler = (
  content: Content,
  kernel: KernelParts,
  request: WireRequest,
) => Content | undefined | Promise<Content>;

async function complete(content: Content, { compiler }: KernelParts): Promise<Content> {
  const code = textOf(content, "code");
  const position = toUtf16(code, numberOf(content, "cursor_pos"));
  const { start, end, entries } = await compiler.ask({ type: "complete", source: code, position });
  const range = { start: toCodePoints(code, start), end: toCodePoints(code, end) };
  return {
    matches: entries.map(entry => entry.text),
    cursor_start: range.start,
    cursor_end: range.end,
    metadata: { _jupyter_types_experimental: entries.map(entry => ({ ...range, ...entry })) },
  };
}

async function inspect(content: Content, { compiler }: KernelParts): Promise<Content> {
  const code = textOf(content, "code");
  const position = toUtf16(code, numberOf(content, "cursor_pos"));
  const detail = content.detail_level === 1 ? 1 : 0;
  const data = await compiler.ask({ type: "inspect", source: code, position, detail });
  return { found: data !== undefined, data: data ?? {}, metadata: {} };
}

async function isComplete(content: Content, { compiler }: KernelParts): Promise<Content> {
  return { ...(await compiler.ask({ type: "is-complete", source: textOf(content, "code") })) };
}

/** We have no comms: whoever opens one is told that it is closed. */
function refuseComm(content: Content, { publisher }: KernelParts, request: WireRequest): undefined {
  publisher.publish("comm_close", { comm_id: textOf(content, "comm_id"), data: {} }, request.header);
}

function shutdown({ restart }: Content, kernel: KernelParts, { header }: WireRequest): Content {
  const content = { status: "ok", restart: restart === true };
  // Others who look at the same kernel learn it too.
  kernel.publisher.publish("shutdown_reply", content, header);
  setImmediate(() => void kernel.end());
  return content;
}

function interrupt(_content: Content, kernel: KernelParts): Content {
  void kernel.interrupt();
  return {};
}

function connection(_content: Content, { info }: KernelParts): Content {
  const { shell_port, iopub_port, stdin_port, hb_port, control_port } = info;
  return { shell_port, iopub_port, stdin_port, hb_port, control_port };
}

/** The requests that are answered at once, by their type. Cells and their input have ways of their own. */
export const REQUESTS: Readonly<Record<string, RequestHandler>> = {
  kernel_info_request: kernelInfo,
  connect_request: connection,
  complete_request: complete,
  inspect_request: inspect,
  is_complete_request: isComplete,
  history_request: (content, { history }) => ({ history: history.find(content) }),
  comm_info_request: () => ({ comms: {} }),
  comm_open: refuseComm,
  comm_msg: () => undefined,
  comm_close: () => undefined,
  interrupt_request: interrupt,
  shutdown_request: shutdown,
};

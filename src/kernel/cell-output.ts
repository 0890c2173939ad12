import { StringDecoder } from "node:string_decoder";
import type { MessagePort } from "node:worker_threads";
import type { ToWire } from "./thread-messages.js";

/** Characters of a stream that are held back at most, to make few messages of many writes. */
const MOST_HELD = 1 << 16;
/** Milliseconds for which they are, at most, where the thread does not come to rest. */
const LONGEST_HELD = 40;
/** So many writes in that time are not held: what a cell prints before it computes for long is to be seen at once. */
const AT_ONCE = 50;

const setImmediate = globalThis.setImmediate;

type StreamName = "stdout" | "stderr";

/** Speaks to the wire, in order; writes to one stream that follow each other go together. */
export class CellOutput {
  private held: { cell: string; name: StreamName; since: number } | undefined;
  private text = "";
  private slot = { since: Number.NEGATIVE_INFINITY, writes: 0 };

  constructor(private readonly port: MessagePort) {}

  send(message: ToWire): void {
    this.flush();
    this.port.postMessage(message);
  }

  write(cell: string, name: StreamName, text: string): void {
    if (text === "") return;
    if (this.held !== undefined && (this.held.cell !== cell || this.held.name !== name)) this.flush();
    if (this.held === undefined) {
      if (this.isAtOnce()) {
        this.port.postMessage({ type: "stream", cell, name, text } satisfies ToWire);
        return;
      }
      this.held = { cell, name, since: performance.now() };
      setImmediate(() => this.flush());
    }
    this.text += text;
    if (this.text.length >= MOST_HELD || performance.now() - this.held.since >= LONGEST_HELD) this.flush();
  }

  private isAtOnce(): boolean {
    const now = performance.now();
    if (now - this.slot.since >= LONGEST_HELD) this.slot = { since: now, writes: 0 };
    return this.slot.writes++ < AT_ONCE;
  }

  flush(): void {
    if (this.held === undefined) return;
    const { cell, name } = this.held;
    const text = this.text;
    this.held = undefined;
    this.text = "";
    this.port.postMessage({ type: "stream", cell, name, text } satisfies ToWire);
  }
}

/**
 * Takes what is written to a stream of the process.
 * @param take returns false to let it through
 */
export function captureStream(stream: NodeJS.WriteStream, take: (text: string) => boolean): void {
  const decoder = new StringDecoder("utf8");
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  const writeOrTake = (chunk: unknown, ...rest: unknown[]): boolean => {
    const isBytes = chunk instanceof Uint8Array;
    if (!isBytes && typeof chunk !== "string") return write(chunk, ...rest); // which throws
    const encoding = typeof rest[0] === "string" ? (rest[0] as BufferEncoding) : undefined;
    const isText = !isBytes && encoding === undefined;
    const text = isText ? chunk : decoder.write(isBytes ? Buffer.from(chunk) : Buffer.from(chunk, encoding));
    if (!take(text)) return write(chunk, ...rest);
    const done = rest.find(argument => typeof argument === "function") as (() => void) | undefined;
    if (done !== undefined) process.nextTick(done);
    return true;
  };
  stream.write = writeOrTake as typeof stream.write;
}

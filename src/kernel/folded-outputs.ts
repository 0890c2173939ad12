import type { CellId } from "./thread-messages.js";

/** An output of a cell: type and content of the message that carries it. */
export interface Output {
  cell: CellId;
  type: "stream" | "display_data" | "update_display_data" | "clear_output" | "execute_result" | "error";
  content: Record<string, unknown>;
}

/** Milliseconds between two sendings, at least and at most. */
const PAUSE = 50;
const LONGEST_PAUSE = 1000;
/** UTF-16 units of text in a message, so that a front end is never stuck in one, */
const LONGEST_TEXT = 2 ** 20;
/**
 * but as many as it has of the cell already: JupyterLab draws all text of a cell anew at each message, so that a text that
 * comes in equal parts costs the square of its length. For the same reason a cell's messages come the more seldom the more
 * it has printed: units a millisecond.
 */
const DRAWN_A_MILLISECOND = 50_000;
/** While more than this waits, streams of a cell are told apart no more by when they came, only each keeps its order. */
const FLOOD = 40;
/** Jupyter's server drops what exceeds 1,000 messages a second, measured over 3 s: as many at once, and so many a second. */
const AT_ONCE = 1500;
const A_SECOND = 500;

/**
 * Sends outputs in order and without loss, but in few messages: what comes within 50 ms goes together, text of one stream as
 * one message, of a display's updates the last, nothing that a later `clear_output` takes away again. What is still more than
 * front ends bear is sent more slowly.
 */
export class FoldedOutputs {
  private waiting: Output[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sentAt = Number.NEGATIVE_INFINITY;
  private allowance = AT_ONCE;
  /** What the cell that was last heard of has printed since it was cleared. */
  private printed: { cell: CellId; units: number } | undefined;
  private whenEmpty: (() => void)[] = [];

  constructor(private readonly send: (output: Output) => void) {}

  push(output: Output): void {
    if (!this.fold(output)) this.waiting.push(output);
    this.schedule();
  }

  /** Sends what waits; resolves when all of it is sent. */
  async flush(): Promise<void> {
    this.sendSome();
    if (this.waiting.length > 0) await new Promise<void>(resolve => this.whenEmpty.push(resolve));
  }

  /** Whether an output has become part of one that waits. */
  private fold(output: Output): boolean {
    const { cell, type, content } = output;
    switch (type) {
      case "clear_output":
        if (content.wait !== true) this.dropOutputs(cell, this.waiting.length);
        return false;
      case "stream":
        this.dropReplaced(cell);
        return this.appendText(output);
      case "update_display_data":
        this.dropReplaced(cell);
        return this.replaceUpdate(output);
      case "display_data":
      case "execute_result":
      case "error":
        this.dropReplaced(cell);
        return false;
      default:
        return type satisfies never;
    }
  }

  /** Drops what a clearing that waited for the next output of the cell takes away. */
  private dropReplaced(cell: CellId): void {
    let clearing = this.waiting.length - 1;
    while (clearing > 0 && !isClearingOf(this.waiting[clearing], cell)) clearing--;
    if (clearing > 0) this.dropOutputs(cell, clearing);
  }

  /** Drops the outputs of a cell before a place. Updates may be of displays elsewhere. */
  private dropOutputs(cell: CellId, end: number): void {
    this.waiting = this.waiting.filter(
      (one, place) => place >= end || one.cell !== cell || one.type === "update_display_data" || one.type === "error",
    );
  }

  private appendText({ cell, content }: Output): boolean {
    const flood = this.waiting.length > FLOOD;
    for (let place = this.waiting.length - 1; place >= 0; place--) {
      const before = this.waiting[place];
      if (!isStream(before) || before.cell !== cell) return false;
      if (before.content.name === content.name) {
        before.content = { ...content, text: `${before.content.text}${content.text}` };
        return true;
      }
      if (!flood) return false;
    }
    return false;
  }

  private replaceUpdate({ cell, content }: Output): boolean {
    const id = displayId(content);
    const before = this.waiting.find(one => one.type === "update_display_data" && displayId(one.content) === id);
    if (id === undefined || before === undefined || before.cell !== cell) return false;
    before.content = content;
    return true;
  }

  private schedule(): void {
    if (this.timer !== undefined) return;
    const drawn = (this.printed?.units ?? 0) / DRAWN_A_MILLISECOND;
    const pause = Math.min(LONGEST_PAUSE, Math.max(PAUSE, drawn));
    this.timer = setTimeout(() => this.sendSome(), Math.max(0, this.sentAt + pause - performance.now()));
  }

  private sendSome(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const now = performance.now();
    this.allowance = Math.min(AT_ONCE, this.allowance + (A_SECOND * (now - this.sentAt)) / 1000);
    this.sentAt = now;
    const some = this.waiting.splice(0, Math.floor(this.allowance));
    for (const output of some) this.sendInParts(output);
    if (this.waiting.length > 0) this.schedule();
    else for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  private sendInParts(output: Output): void {
    const { content } = output;
    if (this.printed?.cell !== output.cell || output.type === "clear_output") {
      this.printed = { cell: output.cell, units: 0 };
    }
    if (!isStream(output) || typeof content.text !== "string") {
      this.sendOne(output);
      return;
    }
    for (let rest = content.text; rest.length > 0; ) {
      const text = rest.slice(0, wholeCharacters(rest, Math.max(LONGEST_TEXT, this.printed.units)));
      this.printed.units += text.length;
      rest = rest.slice(text.length);
      this.sendOne({ ...output, content: { ...content, text } });
    }
  }

  private sendOne(output: Output): void {
    this.allowance -= 1;
    this.send(output);
  }
}

function isStream({ type }: Output): boolean {
  return type === "stream";
}

function isClearingOf({ cell, type }: Output, other: CellId): boolean {
  return type === "clear_output" && cell === other;
}

function displayId(content: Record<string, unknown>): string | undefined {
  return (content.transient as { display_id?: string } | undefined)?.display_id;
}

/** So many units of a text, or one less where that would cut a character in two. */
function wholeCharacters(text: string, units: number): number {
  const last = text.charCodeAt(units - 1);
  return units < text.length && last >= 0xd800 && last < 0xdc00 ? units - 1 : units;
}

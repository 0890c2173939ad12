import type { Publisher } from "./publisher.js";
import { STDIN_STATE, type ToWire } from "./thread-messages.js";
import type { WireRequest } from "./wire-request.js";

type Input = Extract<ToWire, { type: "input" }>;

/** Bytes before the text of an answer: two Int32. */
const HEAD = 8;

/** Asks the user on behalf of a cell, whose thread waits meanwhile. One question at a time: that thread asks them. */
export class InputRequests {
  private waiting: Input | undefined;

  constructor(private readonly publisher: Publisher) {}

  /** @param request the execute_request of the cell that asks; undefined where nobody can be asked */
  ask(input: Input, request: WireRequest | undefined): void {
    this.waiting = input;
    if (request === undefined) this.settle(STDIN_STATE.refused, 0);
    else this.publisher.askForInput(request, { prompt: input.prompt, password: input.password });
  }

  /** Takes an input_reply. One to which there is no question comes too late, from before an interrupt. */
  take(reply: WireRequest): void {
    if (this.waiting === undefined) return;
    const { value } = reply.content;
    const { answer } = this.waiting;
    // encodeInto fills what there is room for, and cuts no character in two.
    const bytes = new Uint8Array(answer.byteLength - HEAD);
    const { written } = new TextEncoder().encodeInto(String(value), bytes);
    new Uint8Array(answer, HEAD).set(bytes.subarray(0, written));
    this.settle(STDIN_STATE.answered, written);
  }

  /** Wakes a cell that waits for an answer, because it is interrupted. */
  interrupt(): void {
    if (this.waiting !== undefined) this.settle(STDIN_STATE.interrupted, 0);
  }

  private settle(state: number, length: number): void {
    const head = new Int32Array(this.waiting!.answer, 0, 2);
    this.waiting = undefined;
    Atomics.store(head, 1, length);
    Atomics.store(head, 0, state);
    Atomics.notify(head, 0);
  }
}

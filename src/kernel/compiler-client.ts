import type { MessagePort } from "node:worker_threads";
import type { CompilerAnswer, CompilerAnswers, CompilerRequest } from "./thread-messages.js";

type WithoutId<Request> = Request extends unknown ? Omit<Request, "id"> : never;
/** What the compiler can be asked. */
export type CompilerQuestion = WithoutId<CompilerRequest>;

/** Asks the compiler's thread. It answers in the order in which it is asked. */
export class CompilerClient {
  private readonly waiting: Map<number, (answer: never) => void> = new Map();
  private asked = 0;

  constructor(private readonly port: MessagePort) {
    port.on("message", ({ id, answer }: CompilerAnswer) => {
      this.waiting.get(id)?.(answer as never);
      this.waiting.delete(id);
    });
  }

  ask<Question extends CompilerQuestion>(question: Question): Promise<CompilerAnswers[Question["type"]]> {
    const id = ++this.asked;
    this.port.postMessage({ id, ...question });
    return new Promise(resolve => this.waiting.set(id, resolve));
  }
}

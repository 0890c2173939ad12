import type { MessagePort } from "node:worker_threads";
import type { CompilerAnswer, CompilerAnswers, CompilerRequest } from "./thread-messages.js";

type WithoutId<Request> = Request extends unknown ? Omit<Request, "id"> : never;
/** What the compiler can be asked. */
export type CompilerQuestion = WithoutId<CompilerRequest>;

/** The compiler itself failed: a bug of it, or of TypeScript. */
export class CompilerFault extends Error {
  override readonly name = "CompilerFault";
}

/** Asks the compiler's thread. It answers in the order in which it is asked. */
export class CompilerClient {
  private readonly waiting: Map<number, (answer: CompilerAnswer) => void> = new Map();
  private asked = 0;

  constructor(private readonly port: MessagePort) {
    port.on("message", (answer: CompilerAnswer) => {
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
  }

  /** @throws {CompilerFault} with the trace of the compiler */
  async ask<Question extends CompilerQuestion>(question: Question): Promise<CompilerAnswers[Question["type"]]> {
    const id = ++this.asked;
    this.port.postMessage({ id, ...question });
    const answer = await new Promise<CompilerAnswer>(resolve => this.waiting.set(id, resolve));
    if ("fault" in answer) throw new CompilerFault(`the compiler failed: ${answer.fault}`);
    return answer.answer as CompilerAnswers[Question["type"]];
  }
}

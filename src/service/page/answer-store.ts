import type { Answer } from "./answers.js";

/** The last answers, so that the browser's back and forward show at once what was seen before. */
export class AnswerStore {
  private static readonly MOST = 40;
  private readonly answers = new Map<string, Answer>();

  get(question: string): Answer | undefined {
    return this.answers.get(question);
  }

  put(question: string, answer: Answer): void {
    this.answers.set(question, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > AnswerStore.MOST) this.answers.delete(oldest);
  }
}

import { byId } from "./element.js";
import { duration } from "./sentences.js";

/** What the page has to say beside results: found, waiting, failed, not understood. Screen readers hear each once. */
export class Messages {
  private readonly spoken = byId("status", HTMLElement);
  private readonly waiting = byId("waiting", HTMLElement);
  private readonly waitingWords = byId("waiting-words", HTMLElement);
  private readonly trouble = byId("trouble", HTMLElement);
  private readonly troubleWords = byId("trouble-words", HTMLElement);
  private readonly retry = byId("retry", HTMLButtonElement);
  private readonly notices = byId("notices", HTMLElement);

  onRetry(retry: () => void): void {
    this.retry.addEventListener("click", retry);
  }

  onStop(stop: () => void): void {
    byId("stop", HTMLButtonElement).addEventListener("click", stop);
  }

  /** Said to a screen reader only: others see the results. */
  say(words: string): void {
    this.spoken.textContent = words;
  }

  /** The service is busy and is asked again. */
  wait(seconds: number, why: string): void {
    this.waitingWords.textContent = `${why} Asking again in ${duration(seconds)}.`;
    this.waiting.hidden = false;
  }

  /** The wait is over. */
  endWait(): void {
    this.waiting.hidden = true;
  }

  /** @param canRetry whether the same may be tried again */
  fail(why: string, canRetry = false): void {
    this.waiting.hidden = true;
    this.troubleWords.textContent = why;
    this.retry.hidden = !canRetry;
    this.trouble.hidden = false;
  }

  /** What of a link could not be taken. */
  notice(sentences: readonly string[]): void {
    this.notices.textContent = sentences.join(" ");
    this.notices.hidden = sentences.length === 0;
  }

  clear(): void {
    this.waiting.hidden = true;
    this.trouble.hidden = true;
    this.notices.hidden = true;
    this.troubleWords.textContent = "";
    this.spoken.textContent = "";
  }
}

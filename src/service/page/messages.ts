import { byId } from "./element.js";
import { duration } from "./sentences.js";

/** What can be done about a failure: the same once more, another picture, or nothing. */
export type Remedy = "again" | "choose";

const REMEDIES: Readonly<Record<Remedy, string>> = { again: "Try again", choose: "Choose another" };

/** What the page has to say beside results: found, waiting, failed, not understood. Screen readers hear each once. */
export class Messages {
  private readonly spoken = byId("status", HTMLElement);
  private readonly waiting = byId("waiting", HTMLElement);
  private readonly waitingWords = byId("waiting-words", HTMLElement);
  private readonly trouble = byId("trouble", HTMLElement);
  private readonly troubleWords = byId("trouble-words", HTMLElement);
  private readonly retry = byId("retry", HTMLButtonElement);
  private readonly notices = byId("notices", HTMLElement);
  private remedy: Remedy | undefined;

  onRetry(retry: () => void): void {
    this.retry.addEventListener("click", () =>
      this.remedy === "choose" ? byId("choose", HTMLElement).click() : retry(),
    );
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

  fail(why: string, remedy?: Remedy): void {
    this.remedy = remedy;
    this.waiting.hidden = true;
    this.troubleWords.textContent = why;
    this.retry.hidden = remedy === undefined;
    if (remedy !== undefined) this.retry.textContent = REMEDIES[remedy];
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

import { placesIn, sharedCount } from "./agreement.js";
import type { Answer, Model } from "./answers.js";
import { drawCode } from "./code-drawing.js";
import { element } from "./element.js";
import { type CardSetting, resultCard } from "./result-card.js";
import {
  count,
  foundSentence,
  orderTitle,
  plural,
  sentence,
  tiesWords,
  unlikeSentence,
  withinSentence,
} from "./sentences.js";
import { timesBar } from "./times-bar.js";

/** One list of results with what is said above it. */
export class ResultsColumn {
  readonly root: HTMLElement;
  private readonly head = element("div", { class: "column-head" });
  private readonly list = element("ol", { class: "results" });
  private readonly shared = element("p", { class: "shared-count" });
  private answer: Answer | undefined;
  private cleared: boolean = false;

  /** @param name where it lies beside another, "left" or "right"; undefined for the only one */
  constructor(
    readonly model: Model,
    private readonly order: Answer["order"],
    private readonly name: "left" | "right" | undefined,
    private readonly setting: CardSetting,
  ) {
    this.root = element(
      "section",
      {
        class: "column",
        "aria-label": name === undefined ? this.title : `${this.title}, on the ${name}`,
        "aria-busy": "true",
      },
      this.head,
      this.list,
    );
    this.head.append(this.heading());
  }

  /** Whether nothing came. */
  get isCleared(): boolean {
    return this.cleared;
  }

  private get title(): string {
    return `${this.model.title}, ${orderTitle(this.order)}`;
  }

  private heading(): HTMLElement {
    return element(
      "h2",
      { tabindex: -1 },
      element("span", { class: "model" }, this.model.title),
      " ",
      element("span", { class: "order" }, orderTitle(this.order)),
    );
  }

  /** Shows what came. */
  fill(answer: Answer): void {
    this.answer = answer;
    const within = withinSentence(answer);
    const ties = tiesWords(answer, this.model);
    const unlike = unlikeSentence(answer);
    const words = element(
      "div",
      { class: "words" },
      this.heading(),
      unlike === undefined ? undefined : element("p", { class: "unlike" }, unlike),
      element("p", { class: "found" }, foundSentence(answer, this.model)),
      within === undefined ? undefined : element("p", { class: "within" }, within),
      ties === undefined
        ? undefined
        : element("p", { class: "ties" }, ties.said, element("span", { class: "more" }, ` ${ties.more}`)),
      this.shared,
      timesBar(answer.seconds),
    );
    const code = element("figure", { class: "query-code" }, drawCode(answer.query.code), codeCaption(answer));
    this.head.replaceChildren(
      words,
      code,
      ...answer.notes.map(note => element("p", { class: "note" }, sentence(note))),
    );
    this.list.replaceChildren(
      ...answer.results.map((result, index) => resultCard(result, index + 1, answer, this.setting)),
    );
    this.root.setAttribute("aria-busy", "false");
  }

  /** Nothing came: what was shown before does not belong to this search. */
  clear(): void {
    this.cleared = true;
    this.answer = undefined;
    this.head.replaceChildren(this.heading());
    this.list.replaceChildren();
    this.root.setAttribute("aria-busy", "false");
  }

  /** Marks the results that the other list has as well, with their place in it. */
  compareWith(other: ResultsColumn): void {
    if (this.answer === undefined || other.answer === undefined) return;
    const side = other.name ?? "other side";
    const places = placesIn(other.answer.results);
    for (const card of this.list.children) {
      const place = card instanceof HTMLElement ? places.get(Number(card.dataset.row)) : undefined;
      card.classList.toggle("shared", place !== undefined);
      const also = card.querySelector(".also");
      if (also !== null)
        also.textContent = place === undefined ? `not on the ${side}` : `${side}: place ${count(place)}`;
    }
    const both = sharedCount(this.answer.results, other.answer.results);
    this.shared.textContent = `${count(both)} of them also on the ${side}.`;
  }

  /** The card of a row, to give it the focus. */
  card(row: number): HTMLAnchorElement | null {
    return this.list.querySelector<HTMLAnchorElement>(`[data-row="${row}"] a`);
  }

  focusHeading(): void {
    this.head.querySelector("h2")?.focus({ preventScroll: true });
  }
}

function codeCaption({ query }: Answer): HTMLElement {
  return element("figcaption", {}, `The query's code, ${plural(query.code.length, "bit")}`);
}

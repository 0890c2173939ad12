import type { Answer, Service } from "./answers.js";
import { codeHeight } from "./code-drawing.js";
import { byId } from "./element.js";
import type { CardSetting } from "./result-card.js";
import { ResultsColumn } from "./results-column.js";
import type { Search, Side } from "./search.js";
import { foundSentence, unlikeSentence } from "./sentences.js";
import { markTwins } from "./twins.js";

const NAMES = ["left", "right"] as const;

/** The lists of results, one or two. What was there before stays, dimmed, until its successor is filled. */
export class ResultsView {
  private readonly place = byId("columns", HTMLElement);
  private columns: ResultsColumn[] = [];

  constructor(private readonly service: Service) {
    markTwins(this.place);
  }

  get hasFocus(): boolean {
    return this.place.contains(document.activeElement);
  }

  /** Makes room for the lists of a search. */
  open({ sides }: Search, setting: CardSetting): void {
    this.columns = sides.map((side, i) => this.column(side, sides.length === 1 ? undefined : NAMES[i], setting));
    this.place.classList.toggle("pair", sides.length === 2);
    const rows = Math.max(...this.columns.map(({ model }) => codeHeight(model.bits)));
    this.place.style.setProperty("--code-rows", `${rows}`);
    if (this.place.children.length === sides.length) {
      for (const old of this.place.children) old.setAttribute("aria-busy", "true");
    } else {
      this.place.replaceChildren(...this.columns.map(({ root }) => root));
    }
  }

  /** Shows one list. @returns what it holds, in one sentence */
  fill(index: number, answer: Answer): string {
    const column = this.columns[index];
    column.fill(answer);
    this.put(index);
    if (this.columns.length === 2) {
      this.columns[0].compareWith(this.columns[1]);
      this.columns[1].compareWith(this.columns[0]);
    }
    const said = [unlikeSentence(answer), foundSentence(answer, column.model)].filter(words => words !== undefined);
    return `${column.model.title}: ${said.join(" ")}`;
  }

  /** One list could not be had: what was there belongs to another search. A heading stays only beside a list. */
  clear(index: number): void {
    this.columns[index].clear();
    this.put(index);
    if (this.columns.every(({ isCleared }) => isCleared)) this.close();
  }

  close(): void {
    this.columns = [];
    this.place.replaceChildren();
  }

  /** Gives the focus to the card of a row, or else to the first list's heading. */
  focus(row?: number): void {
    const card =
      row === undefined ? undefined : this.columns.map(column => column.card(row)).find(found => found !== null);
    if (card === undefined) this.columns[0]?.focusHeading();
    else card?.focus();
  }

  private put(index: number): void {
    const { root } = this.columns[index];
    const old = this.place.children[index];
    if (old !== root) old.replaceWith(root);
  }

  private column(side: Side, name: "left" | "right" | undefined, setting: CardSetting): ResultsColumn {
    const model = this.service.models.find(({ id }) => id === side.model);
    if (model === undefined) throw new Error(`the service has no model "${side.model}"`);
    return new ResultsColumn(model, side.order, name, setting);
  }
}

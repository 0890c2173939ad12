import { addressOf, searchOf } from "./address.js";
import type { Service } from "./answers.js";
import { ExamplesView } from "./examples-view.js";
import { GivenPictures } from "./given-pictures.js";
import type { Messages } from "./messages.js";
import { QueryView } from "./query-view.js";
import type { CardSetting } from "./result-card.js";
import { ResultsView } from "./results-view.js";
import { firstSearch, type Search } from "./search.js";
import { Searcher } from "./searcher.js";
import { duration, listing, totalSeconds } from "./sentences.js";
import type { ServiceClient } from "./service-client.js";
import { notAPicture, remedyOf, tooLarge } from "./service-failure.js";
import { SettingsForm } from "./settings-form.js";

/** What leads to a search: it decides what happens to the history, the focus and the scrolled place. */
type Cause = "arrival" | "query" | "settings" | "history";

/** Said where one comes back to a search by a picture that was put in, and it is gone. */
const LOST = "Your picture is no longer at hand: pictures are kept until the page is left. Put it in again.";

/** The page: what is asked for, what is shown, and the browser's history of both. */
export class SearchPage {
  private readonly pictures = new GivenPictures();
  private readonly searcher: Searcher;
  private readonly query: QueryView;
  private readonly form: SettingsForm;
  private readonly results: ResultsView;
  private readonly examples: ExamplesView;
  private search: Search;
  private running = new AbortController();

  constructor(
    client: ServiceClient,
    private readonly service: Service,
    private readonly messages: Messages,
  ) {
    this.search = firstSearch(service);
    this.searcher = new Searcher(client, service, this.pictures);
    this.query = new QueryView(this.pictures);
    this.form = new SettingsForm(service, change => this.go({ ...this.search, ...change }, "settings"));
    this.results = new ResultsView(service);
    this.examples = new ExamplesView(client);
    addEventListener("popstate", () => this.arrive("history"));
    addEventListener("click", event => this.follow(event));
    messages.onRetry(() => void this.show("settings"));
    messages.onStop(() => this.running.abort("stopped"));
  }

  /** Shows what the address and the browser's history say. */
  arrive(cause: "arrival" | "history"): void {
    const before = this.search;
    const { search, notices } = searchOf(location.search, this.service);
    const picture: unknown = history.state?.picture;
    const isOwn = typeof picture === "number";
    const own: Search = isOwn ? { ...search, query: { kind: "picture", number: picture } } : search;
    const isLost = isOwn && this.pictures.get(picture) === undefined && !this.searcher.recall(own, own.sides[0]);
    this.search = isLost ? search : own;
    if (isLost) history.replaceState(null, "");
    void this.show(cause, before);
    this.messages.notice(isLost ? [LOST, ...notices] : notices);
  }

  /** Searches by a picture that was put in. */
  take(picture: File): void {
    const { limits, formats } = this.service;
    const isOther = picture.type !== "" && !picture.type.startsWith("image/");
    if (isOther) this.messages.fail(notAPicture(picture, formats).message, "choose");
    else if (picture.size > limits.bytes) this.messages.fail(tooLarge(picture, limits.bytes).message, "choose");
    else this.go({ ...this.search, query: { kind: "picture", number: this.pictures.add(picture) } }, "query");
  }

  /** Shows a search: a new query has a place of its own in the history, other settings of the same one have not. */
  private go(search: Search, cause: "query" | "settings"): void {
    this.search = search;
    const state = search.query?.kind === "picture" ? { picture: search.query.number } : null;
    const address = `${location.pathname}${addressOf(search, this.service)}`;
    if (cause === "query") history.pushState(state, "", address);
    else history.replaceState(state, "", address);
    void this.show(cause);
  }

  /** A click on a picture searches on, unless it is to open elsewhere. */
  private follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-search]") : null;
    if (link === null || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.go(searchOf(new URL(link.href).search, this.service).search, "query");
  }

  private get cards(): CardSetting {
    const { search, service } = this;
    return { address: row => `./${addressOf({ ...search, query: { kind: "row", row } }, service)}` };
  }

  /** @param before the search that one comes back from */
  private async show(cause: Cause, before?: Search): Promise<void> {
    this.running.abort("superseded");
    const running = new AbortController();
    this.running = running;
    const { search } = this;
    // What has the focus now may be gone in a moment.
    const moves = this.results.hasFocus || this.examples.hasFocus;
    this.messages.clear();
    this.form.show(search);
    this.query.show(search);
    document.title = "hashbook: similar pictures";
    document.documentElement.dataset.view = search.query === undefined ? "start" : "results";
    if (cause === "query") scrollTo(0, 0);
    const back = cause === "history" && before?.query?.kind === "row" ? before.query.row : undefined;
    if (search.query === undefined) {
      await this.start();
      if (back !== undefined) this.examples.focus(back);
      return;
    }
    this.results.open(search, this.cards);
    const told = await Promise.all(search.sides.map((_, index) => this.fill(index, running.signal)));
    if (this.running !== running) return;
    if (back !== undefined || (moves && cause === "query")) this.results.focus(back);
    this.messages.say(told.filter(words => words !== undefined).join(" "));
  }

  /** Without a query: pictures to start from. */
  private async start(): Promise<void> {
    this.results.close();
    try {
      await this.examples.show(this.cards);
    } catch (error) {
      this.messages.fail(wordsOf(error), remedyOf(error));
    }
  }

  /** Asks for one list and shows it. @returns what it holds, in words; undefined when it could not be had */
  private async fill(index: number, signal: AbortSignal): Promise<string | undefined> {
    const { search } = this;
    try {
      const side = search.sides[index]!;
      const answer = this.searcher.recall(search, side) ?? (await this.searcher.ask(search, side, signal));
      if (signal.aborted) return undefined;
      this.query.describe(search, answer);
      const title = listing(answer.query.classes ?? []) || answer.query.id;
      if (title) document.title = `${title} – hashbook`;
      this.messages.endWait();
      return `${this.results.fill(index, answer)} Answered in ${duration(totalSeconds(answer.seconds))}.`;
    } catch (error) {
      if (signal.aborted && signal.reason === "superseded") return undefined;
      this.results.clear(index);
      if (signal.aborted) this.messages.fail("Stopped before the service could answer.", "again");
      else this.messages.fail(wordsOf(error), remedyOf(error));
      return undefined;
    }
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`);

import { AnswerStore } from "./answer-store.js";
import type { Answer, Service } from "./answers.js";
import type { GivenPictures } from "./given-pictures.js";
import type { Search, Side } from "./search.js";
import type { ServiceClient } from "./service-client.js";
import { ServiceFailure } from "./service-failure.js";
import { withoutSelf } from "./without-self.js";

/** Finds the answer to each side of a search. */
export class Searcher {
  private readonly store = new AnswerStore();

  constructor(
    private readonly client: ServiceClient,
    private readonly service: Service,
    private readonly pictures: GivenPictures,
  ) {}

  /** What is known already to a side, without asking. */
  recall(search: Search, side: Side): Answer | undefined {
    return this.store.get(keyOf(search, side));
  }

  /** @throws {ServiceFailure} with a sentence for whoever asked; whatever `signal` gives when it ends the search */
  async ask(search: Search, side: Side, signal: AbortSignal): Promise<Answer> {
    const kept = this.recall(search, side);
    if (kept !== undefined) return kept;
    const isRow = search.query?.kind === "row";
    // A picture of the gallery finds itself too, and it is not counted.
    const k = Math.min(search.k + (isRow ? 1 : 0), this.service.limits.k);
    const question = { ...side, k, radius: this.radiusOf(search, side), of: this.queryOf(search) };
    const answer = withoutSelf(await this.client.search(question, signal), search.k);
    this.store.put(keyOf(search, side), answer);
    return answer;
  }

  private queryOf({ query }: Search): number | Blob {
    if (query?.kind === "row") return query.row;
    const picture = query === undefined ? undefined : this.pictures.get(query.number);
    if (picture !== undefined) return picture;
    throw new ServiceFailure(
      "This picture is no longer at hand: pictures are kept until the page is left. Put it in again.",
      0,
    );
  }

  /** A radius of all bits is none. */
  private radiusOf({ radius }: Search, side: Side): number | undefined {
    const bits = this.service.models.find(({ id }) => id === side.model)?.bits ?? 0;
    return radius === undefined || radius >= bits ? undefined : radius;
  }
}

const keyOf = ({ query, k, radius }: Search, side: Side): string => JSON.stringify([query, side, k, radius ?? null]);

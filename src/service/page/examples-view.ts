import { byId } from "./element.js";
import { type CardSetting, exampleCard } from "./result-card.js";
import type { ServiceClient } from "./service-client.js";

/** Pictures to start from: two full lines on a usual screen. */
const EXAMPLES = 16;

/** Pictures of the gallery to start from without one of one's own. */
export class ExamplesView {
  private readonly place = byId("examples", HTMLElement);
  private readonly list = byId("examples-list", HTMLElement);

  constructor(private readonly client: ServiceClient) {}

  get hasFocus(): boolean {
    return this.place.contains(document.activeElement);
  }

  /** @throws {ServiceFailure} when the service does not name any */
  async show(setting: CardSetting): Promise<void> {
    const { items } = await this.client.examples(EXAMPLES);
    this.list.replaceChildren(...items.map(example => exampleCard(example, setting)));
    this.place.hidden = items.length === 0;
  }

  focus(row: number): void {
    this.list.querySelector<HTMLElement>(`[data-row="${row}"] a`)?.focus();
  }
}

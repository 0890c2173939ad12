import type { Answer } from "./answers.js";
import { byId, element } from "./element.js";
import { galleryPicture, ownPicture } from "./gallery-picture.js";
import type { GivenPictures } from "./given-pictures.js";
import type { Search } from "./search.js";
import { listing, size } from "./sentences.js";

/** The picture that is searched for, and what is known of it. */
export class QueryView {
  private readonly figure = byId("query", HTMLElement);
  private readonly caption = element("figcaption", {});
  private readonly share = byId("share", HTMLElement);
  /** The query whose picture is there. */
  private pictured: string | undefined;
  private readonly copied = byId("copied", HTMLElement);

  constructor(private readonly pictures: GivenPictures) {
    const button = byId("copy-link", HTMLButtonElement);
    button.addEventListener("click", () => void this.copyLink());
  }

  /** Shows the query's picture as soon as it is asked for. */
  show({ query }: Search): void {
    this.figure.hidden = query === undefined;
    this.share.hidden = query?.kind !== "row";
    this.copied.textContent = "";
    const key = JSON.stringify(query);
    if (key === this.pictured) return; // Only settings are new; the picture would flicker.
    this.pictured = key;
    if (query === undefined) return;
    const picture = query.kind === "row" ? this.rowPicture(query.row) : this.givenPicture(query.number);
    this.caption.replaceChildren(query.kind === "row" ? `Row ${query.row}` : this.nameOf(query.number));
    this.figure.replaceChildren(picture, this.caption);
  }

  /** Adds what the service has said of it. */
  describe({ query }: Search, answer: Answer): void {
    const { id, classes, product, width, height } = answer.query;
    const known = classes ?? [];
    const title =
      known.length > 0 ? listing(known) : query?.kind === "picture" ? this.nameOf(query.number) : "no class";
    const isShown = (part: unknown): boolean => part !== undefined && part !== null && part !== "";
    const facts = [
      query?.kind === "picture" && known.length > 0 ? this.nameOf(query.number) : undefined,
      isShown(product) ? `product ${product}` : undefined,
      isShown(id) ? id : undefined,
      query?.kind === "row" ? `row ${query.row}` : undefined,
      isShown(width) && isShown(height) ? `${width} × ${height} pixels` : undefined,
    ].filter(isShown);
    this.caption.replaceChildren(
      element("strong", { dir: "auto" }, title),
      ...facts.map(fact => element("span", { dir: "auto" }, `${fact}`)),
    );
  }

  private rowPicture(row: number): HTMLElement {
    return galleryPicture(`/api/images/${row}?side=256`, `The query: row ${row} of the gallery`);
  }

  private givenPicture(number: number): HTMLElement {
    const picture = this.pictures.get(number);
    if (picture === undefined) return element("span", { class: "frame" });
    return ownPicture(picture, `The query: ${picture.name}`);
  }

  private nameOf(number: number): string {
    const picture = this.pictures.get(number);
    return picture === undefined ? "a picture of yours" : `${picture.name}, ${size(picture.size)}`;
  }

  private async copyLink(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.copied.textContent = "Copied.";
    } catch {
      this.copied.textContent = "The browser does not let a page copy here; the link is the address above.";
    }
  }
}

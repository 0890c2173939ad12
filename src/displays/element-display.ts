import type { Display } from "../core/display.js";

/** What of an element of a page is looked at. */
interface AnyElement {
  readonly nodeType: number;
  readonly localName: string;
  readonly outerHTML: string;
}

/** Elements of a page that is none, as of jsdom, which drawing libraries give: Observable Plot, D3. */
export const elementDisplay: Display<AnyElement> = {
  name: "element",
  is: (value): value is AnyElement => {
    const { nodeType, localName, outerHTML } = (value ?? {}) as AnyElement;
    return nodeType === 1 && typeof localName === "string" && typeof outerHTML === "string";
  },
  mime: ({ localName, outerHTML }) => ({ "text/html": outerHTML, "text/plain": `[<${localName}>]` }),
};

type Value = string | number | boolean | undefined;

/** Words and elements to put into another; undefined is left out. */
export type Child = Node | string | undefined;

/**
 * Makes an element.
 * @param attributes as in HTML; `true` is an attribute without a value, `false` and undefined leave it out
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children.filter(child => child !== undefined));
  return made;
}

/** Makes an element of a drawing. */
export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(made, attributes);
  made.append(...children.filter(child => child !== undefined));
  return made;
}

/** Words that only a screen reader says. */
export function spokenOnly(words: string): HTMLElement {
  return element("span", { class: "spoken" }, words);
}

function setAttributes(made: Element, attributes: Readonly<Record<string, Value>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : `${value}`);
  }
}

/** The element of the document with an id. @throws {Error} when index.html has none, or another kind */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the document has no ${kind.name} with the id "${id}"`);
  return found;
}

/** Lets the arrow keys go from picture to picture in a list, beside Tab: to the next one, or to the row above or below. */
export function walkByArrows(place: HTMLElement): void {
  place.addEventListener("keydown", event => {
    const card = event.target instanceof Element ? event.target.closest("li.card") : null;
    if (card === null || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const next = neighbour(card, event.key);
    if (next === undefined) return;
    event.preventDefault(); // The page would scroll as well.
    next?.querySelector<HTMLElement>("a")?.focus();
  });
}

/** The card that a key leads to; null when there is none that way, undefined for other keys. */
function neighbour(card: Element, key: string): Element | null | undefined {
  switch (key) {
    case "ArrowRight":
      return card.nextElementSibling;
    case "ArrowLeft":
      return card.previousElementSibling;
    case "ArrowDown":
    case "ArrowUp":
      return inNextLine(card, key === "ArrowDown");
    default:
      return undefined;
  }
}

/** The card above or below: the nearest one, in reading order, that begins at the same left edge. */
function inNextLine(card: Element, isDown: boolean): Element | null {
  const { left } = card.getBoundingClientRect();
  for (let other = step(card, isDown); other !== null; other = step(other, isDown)) {
    if (Math.abs(other.getBoundingClientRect().left - left) < 2) return other;
  }
  return null;
}

const step = (card: Element, isDown: boolean): Element | null =>
  isDown ? card.nextElementSibling : card.previousElementSibling;

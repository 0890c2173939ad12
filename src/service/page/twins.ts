/** Where two lists are compared: the card under the pointer or with the focus, and the same picture in the other list. */
export function markTwins(place: HTMLElement): void {
  const mark = (target: EventTarget | null): void => {
    const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]")?.dataset.row : undefined;
    for (const card of place.querySelectorAll<HTMLElement>("[data-row]")) {
      card.classList.toggle("twin", card.dataset.row === row && place.querySelectorAll(".column").length > 1);
    }
  };
  place.addEventListener("pointerover", event => mark(event.target));
  place.addEventListener("pointerleave", () => mark(null));
  place.addEventListener("focusin", event => mark(event.target));
  place.addEventListener("focusout", () => mark(null));
}

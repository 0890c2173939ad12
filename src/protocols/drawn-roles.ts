import type { Split } from "../datasets/roles.js";

const BEGINNING = "drawn here by the rule of ";

/** Where roles come from that the rule of a protocol has drawn: their `asPublished`. @param source of the rule */
export function drawnBy(source: string): string {
  return `${BEGINNING}${source}`;
}

/** Whether roles were drawn by a rule here, and not read from published lists. */
export function isDrawnHere({ asPublished }: Pick<Split, "asPublished">): boolean {
  return asPublished?.startsWith(BEGINNING) === true;
}

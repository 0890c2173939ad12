import { distance } from "fastest-levenshtein";

/**
 * The known name that is most like a wrong one, for messages: `did you mean "hashnet"?`.
 * @returns undefined when none is alike: when more than half of the letters differ
 */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const far = distance(wrong.toLowerCase(), name.toLowerCase());
    if (far < least) [nearest, least] = [name, far];
  }
  return nearest !== undefined && least <= Math.max(1, nearest.length / 2) ? nearest : undefined;
}

/** `did you mean "hashnet"? Known: hashnet, dch`, or only what is known. */
export function knownNames(wrong: string, known: readonly string[]): string {
  const nearest = nearestName(wrong, known);
  const list = known.length === 0 ? "none" : known.join(", ");
  return nearest === undefined ? `one of ${list}` : `"${nearest}"? Known: ${list}`;
}

/** What a test says of a pair. */
export interface TestedPair {
  readonly pValue: number;
  /** For the number of pairs. */
  readonly corrected: number;
}

/** All pairs of entries, (0, 1), (0, 2), …, (1, 2), … */
export function pairsOf(entries: number): [number, number][] {
  return Array.from({ length: entries }, (_, a) => a).flatMap(a =>
    Array.from({ length: entries - a - 1 }, (_, i): [number, number] => [a, a + 1 + i]),
  );
}

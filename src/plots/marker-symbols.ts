/** Of lines in turn: they can be told apart without colours too. */
export const MARKER_SYMBOLS: readonly string[] = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "x",
  "triangle-down",
  "cross",
  "star",
];

// Jupyter counts positions in code points, JavaScript in UTF-16 units.

/** The place in UTF-16 units of a position in code points, at most the text's length. */
export function toUtf16(text: string, codePoints: number): number {
  let place = 0;
  for (let count = 0; count < codePoints && place < text.length; count++) {
    place += (text.codePointAt(place) as number) > 0xffff ? 2 : 1;
  }
  return place;
}

/** The position in code points of a place in UTF-16 units. */
export function toCodePoints(text: string, place: number): number {
  return [...text.slice(0, place)].length;
}

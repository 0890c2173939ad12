// Letters for captions. Text drawn by sharp or an SVG renderer needs fonts of the machine, and fresh machines have none;
// these five pixels a letter look the same everywhere.

/** Width of a letter with the blank column after it, in pixels. */
export const letterWidth: number = 6;

/** Height of a line: 7 rows above the base line, 2 below, 1 blank. */
export const lineHeight: number = 10;

/** Rows from the top, two hexadecimal digits each; bit 4 is the leftmost of five columns. */
const GLYPHS: ReadonlyMap<string, string> = new Map([
  ["!", "04040404000004"],
  ['"', "0a0a0a00000000"],
  ["#", "0a0a1f0a1f0a0a"],
  ["$", "040f140e051e04"],
  ["%", "18190204081303"],
  ["&", "0c12140815120d"],
  ["'", "04040800000000"],
  ["(", "02040808080402"],
  [")", "08040202020408"],
  ["*", "0004150e150400"],
  ["+", "0004041f040400"],
  [",", "00000000000c0408"],
  ["-", "0000000e000000"],
  [".", "00000000000c0c"],
  ["/", "00010204081000"],
  ["0", "0e11131519110e"],
  ["1", "040c040404040e"],
  ["2", "0e11010204081f"],
  ["3", "1f02040201110e"],
  ["4", "02060a121f0202"],
  ["5", "1f101e0101110e"],
  ["6", "0608101e11110e"],
  ["7", "1f010204080808"],
  ["8", "0e11110e11110e"],
  ["9", "0e11110f01020c"],
  [":", "000c0c000c0c00"],
  [";", "000c0c000c0408"],
  ["<", "02040810080402"],
  ["=", "00001f001f0000"],
  [">", "08040201020408"],
  ["?", "0e110102040004"],
  ["@", "0e11010d15150e"],
  ["A", "0e11111f111111"],
  ["B", "1e11111e11111e"],
  ["C", "0e11101010110e"],
  ["D", "1e11111111111e"],
  ["E", "1f10101e10101f"],
  ["F", "1f10101e101010"],
  ["G", "0e11101711110f"],
  ["H", "1111111f111111"],
  ["I", "0e04040404040e"],
  ["J", "0702020202120c"],
  ["K", "11121418141211"],
  ["L", "1010101010101f"],
  ["M", "111b1515111111"],
  ["N", "11111915131111"],
  ["O", "0e11111111110e"],
  ["P", "1e11111e101010"],
  ["Q", "0e11111115120d"],
  ["R", "1e11111e141211"],
  ["S", "0f10100e01011e"],
  ["T", "1f040404040404"],
  ["U", "1111111111110e"],
  ["V", "11111111110a04"],
  ["W", "1111111515150a"],
  ["X", "11110a040a1111"],
  ["Y", "1111110a040404"],
  ["Z", "1f01020408101f"],
  ["[", "0e08080808080e"],
  ["\\", "00100804020100"],
  ["]", "0e02020202020e"],
  ["^", "040a1100000000"],
  ["_", "0000000000001f"],
  ["`", "08040200000000"],
  ["a", "00000e010f110f"],
  ["b", "1010161911111e"],
  ["c", "00000e1010110e"],
  ["d", "01010d1311110f"],
  ["e", "00000e111f100e"],
  ["f", "0609081c080808"],
  ["g", "00000f1111110f010e"],
  ["h", "10101619111111"],
  ["i", "04000c0404040e"],
  ["j", "02000602020202120c"],
  ["k", "10101214181412"],
  ["l", "0c04040404040e"],
  ["m", "00001a15151111"],
  ["n", "00001619111111"],
  ["o", "00000e1111110e"],
  ["p", "00001e1111111e1010"],
  ["q", "00000f1111110f0101"],
  ["r", "00001619101010"],
  ["s", "00000e100e011e"],
  ["t", "08081c08080906"],
  ["u", "0000111111130d"],
  ["v", "00001111110a04"],
  ["w", "0000111115150a"],
  ["x", "0000110a040a11"],
  ["y", "0000111111110f010e"],
  ["z", "00001f0204081f"],
  ["{", "02040408040402"],
  ["|", "04040404040404"],
  ["}", "08040402040408"],
  ["~", "00000815020000"],
  ["…", "00000000000015"],
]);

/** Shown for letters that are not in the table: a box. */
const UNKNOWN = "1f11111111111f";

/** Cuts text to what fits in `width` pixels, ending in "…" when something was cut. */
export function fitText(text: string, width: number): string {
  const letters = [...text];
  const fits = Math.floor((width + 1) / letterWidth);
  return letters.length <= fits ? text : `${letters.slice(0, Math.max(fits - 1, 0)).join("")}…`;
}

/**
 * Calls `ink(x, y)` for each pixel of the text that is inked; (0, 0) is the top left of the first letter. Accents are
 * dropped, other letters outside ASCII become boxes.
 */
export function drawText(text: string, ink: (x: number, y: number) => void): void {
  const letters = [...text.normalize("NFD").replace(/\p{M}/gu, "")];
  for (const [place, letter] of letters.entries()) {
    if (letter === " ") continue;
    const glyph = GLYPHS.get(letter) ?? UNKNOWN;
    for (let y = 0; y < glyph.length / 2; y++) {
      const row = Number.parseInt(glyph.slice(2 * y, 2 * y + 2), 16);
      for (let x = 0; x < 5; x++) if (row & (16 >> x)) ink(place * letterWidth + x, y);
    }
  }
}

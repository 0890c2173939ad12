import { packedCodes } from "../../lib/codes/packed-codes.js";
import { Random } from "../../lib/core/random.js";

/** Codes around `centres` centres, of which each bit is flipped with the chance `noise`; the label is the centre. */
export function clustered(count, bits, centres, noise, seed) {
  const bytes = bits / 8;
  const random = new Random(0);
  const middle = Uint8Array.from({ length: centres * bytes }, () => random.integer(256));
  const own = new Random(seed);
  // A pool of flips: drawing each bit of 10^7 codes would take longer than all that is measured.
  const flips = Uint8Array.from({ length: 65_521 }, () => {
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) if (own.uniform() < noise) byte |= 1 << bit;
    return byte;
  });
  const data = new Uint8Array(count * bytes);
  const labels = new Int32Array(count);
  for (let row = 0, at = 0; row < count; row++) {
    const centre = own.integer(centres);
    labels[row] = centre;
    let flip = own.integer(flips.length);
    for (let byte = 0; byte < bytes; byte++, at++) {
      data[at] = middle[centre * bytes + byte] ^ flips[flip];
      flip = (flip + 7) % flips.length;
    }
  }
  return { codes: packedCodes(data, bits), labels };
}

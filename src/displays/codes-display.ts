import type { PackedCodes } from "../codes/packed-codes.js";
import type { Display } from "../core/display.js";
import { bytesText, countText } from "../core/size-text.js";
import { bitsSvg } from "./small-pictures.js";
import { summaryBundle } from "./summary.js";

/** Codes whose bits are counted; evenly spread where there are more. */
const COUNTED = 20_000;
/** Codes that are drawn. */
const DRAWN = 16;

/** Packed hash codes: how many, how large, how evenly their bits are used, and the first ones as a picture. */
export const codesDisplay: Display<PackedCodes> = {
  name: "codes",
  is: (value): value is PackedCodes => {
    const { data, count, bits, bytesPerCode } = (value ?? {}) as PackedCodes;
    return data instanceof Uint8Array && bytesPerCode === Math.ceil(bits / 8) && data.length === count * bytesPerCode;
  },
  mime: codes => {
    const { count, bits, bytesPerCode, data } = codes;
    const drawn = Array.from({ length: Math.min(DRAWN, count) }, (_, row) =>
      Array.from({ length: bits }, (_, bit) => bitAt(codes, row, bit)),
    );
    return summaryBundle({
      title: "Hash codes",
      about: `${countText(count)} of ${bits} bits, ${bytesPerCode} bytes each, ${bytesText(data.byteLength)}`,
      facts: usageOf(codes),
      picture: count === 0 ? undefined : bitsSvg(`bits of the first ${drawn.length} codes`, drawn),
    });
  },
};

function bitAt({ data, bytesPerCode }: PackedCodes, row: number, bit: number): number {
  return (data[row * bytesPerCode + (bit >> 3)] >> (7 - (bit & 7))) & 1;
}

function usageOf(codes: PackedCodes): Record<string, string> {
  const { count, bits, bytesPerCode, data } = codes;
  const rows = Math.min(count, COUNTED);
  const ones = new Float64Array(bits);
  const different = new Set<string>();
  for (let i = 0; i < rows; i++) {
    const row = Math.floor((i * count) / rows);
    different.add(Buffer.from(data.buffer, data.byteOffset + row * bytesPerCode, bytesPerCode).toString("latin1"));
    for (let bit = 0; bit < bits; bit++) ones[bit] += bitAt(codes, row, bit);
  }
  if (rows === 0) return {};
  const shares = Array.from(ones, sum => sum / rows).sort((a, b) => a - b);
  const stuck = shares.filter(share => share === 0 || share === 1).length;
  const among = rows < count ? ` of ${countText(rows)}` : "";
  return {
    "share of 1 in a bit": `${shares[0].toFixed(2)} to ${shares[bits - 1].toFixed(2)}`,
    "bits that never change": stuck === 0 ? "" : String(stuck),
    "different codes": `${countText(different.size)}${among}`,
  };
}

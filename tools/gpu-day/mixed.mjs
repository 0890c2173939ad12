// Values from their index alone, so that TypeScript and Python make the same ones anywhere, at once and in any order.

/** The murmur3 finaliser: 32 bits from 32 bits. */
export function mixed(value) {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a, 32 bits, of a name. */
export function nameSeed(name) {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(name)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

/** Uniform values from `low` up to `low + width`. */
export function uniforms(length, seed, low, width) {
  const data = new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = low + (width * mixed(seed + i)) / 2 ** 32;
  return data;
}

/** Random codes of 64 bits: (count, 8) bytes. */
export function mixedCodes(count, seed) {
  const words = new Uint32Array(2 * count);
  for (let i = 0; i < words.length; i++) words[i] = mixed(seed + i);
  return new Uint8Array(words.buffer);
}

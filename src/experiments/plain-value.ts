/** The typed arrays that values of ours hold. */
const ARRAYS = { Uint8Array, Int8Array, Int32Array, Float32Array, Float64Array } as const;

/** A typed array as JSON holds it: its bytes, little endian, in base64. */
interface PlainArray {
  readonly typedArray: keyof typeof ARRAYS;
  readonly base64: string;
}

/** A value as JSON holds it: typed arrays as {@link PlainArray}, the rest as `JSON.stringify` has it. */
export function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return value;
  for (const [typedArray, kind] of Object.entries(ARRAYS)) {
    if (!(value instanceof kind)) continue;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { typedArray, base64: bytes.toString("base64") };
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toPlain(part)]));
}

/** What {@link toPlain} was given, as far as JSON knows it. */
export function fromPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlain);
  if (typeof value !== "object" || value === null) return value;
  const { typedArray, base64 } = value as Partial<PlainArray>;
  if (typedArray !== undefined && typedArray in ARRAYS && typeof base64 === "string") {
    const bytes = Uint8Array.from(Buffer.from(base64, "base64")); // in memory of its own, aligned
    return new ARRAYS[typedArray](bytes.buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fromPlain(part)]));
}

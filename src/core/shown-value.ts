/** Whether a value is an object of names and values: no list, no array of numbers, no Map. Of any realm: cells have their own. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** A value in few words, for messages: `"hashnett"`, `NaN`, `[1,-2]`, `a function`, `Float32Array of 12 numbers`. */
export function shownValue(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (ArrayBuffer.isView(value)) {
    return `${Object.prototype.toString.call(value).slice(8, -1)} of ${(value as Float32Array).length} numbers`;
  }
  if (typeof value !== "object" && typeof value !== "string") return String(value);
  const finite = (_: string, one: unknown): unknown =>
    typeof one === "bigint" || (typeof one === "number" && !Number.isFinite(one)) ? String(one) : one;
  try {
    return JSON.stringify(value, finite).slice(0, 200);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

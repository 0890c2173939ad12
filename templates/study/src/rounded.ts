/** Code of your own: rows of a table with their numbers rounded to so many significant digits, so that 3e-4 is no zero. */
export function rounded(rows: readonly object[], digits: number): Record<string, unknown>[] {
  const shorter = (value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(digits)) : value;
  return rows.map(row => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, shorter(value)])));
}

/** A count for people: `12,800,000`. */
export function countText(count: number): string {
  return count.toLocaleString("en");
}

const UNITS: readonly string[] = ["KiB", "MiB", "GiB"];

/** A number of bytes for people: `6 bytes`, `58.6 KiB`, `48.8 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}

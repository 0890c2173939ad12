/** Digits after the point that no number of ours is shown with more of. */
const MOST_DIGITS = 12;

/**
 * A number for people: so many digits after the point, and more where these would say something false: two significant
 * ones of a number below the last place (3e-4 is no 0.000), and those that tell 0.9997 from 1. Zero itself
 * is all zeros. Tables, reports, captions and the command line all show their numbers by this.
 * @param digits after the point, 0..15. Default 3
 */
export function shownNumber(value: number, digits: number = 3): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size === 0) return value === 0 ? (0).toFixed(digits) : String(value);
  if (size < 1e-6 && digits < MOST_DIGITS) return value.toExponential(1);
  if (size < 10 ** -digits) return toPlaces(value, significantPlaces(size, 2), digits);
  if (size < 1 && Number(size.toFixed(digits)) === 1) return toPlaces(value, significantPlaces(1 - size, 1), digits);
  return value.toFixed(digits);
}

/** {@link shownNumber} as a number, for tables that are computed with. */
export function roundedNumber(value: number, digits: number = 3): number {
  return Number(shownNumber(value, digits));
}

/**
 * A mean with its standard deviation, `0.840 ± 0.003`: both to the same place, and to a further one where the deviation
 * would otherwise be shown as zero. A deviation of exactly zero is `0`.
 * @param digits after the point. Default 3
 */
export function shownDeviation(mean: number, deviation: number, digits: number = 3): string {
  if (deviation === 0) return `${shownNumber(mean, digits)} ± 0`;
  const places = Math.min(MOST_DIGITS, Math.max(digits, significantPlaces(Math.abs(deviation), 1)));
  return `${mean.toFixed(places)} ± ${deviation.toFixed(places)}`;
}

/** Digits after the point with which a number below 1 shows so many significant ones. */
function significantPlaces(size: number, significant: number): number {
  return significant - 1 - Math.floor(Math.log10(size));
}

function toPlaces(value: number, places: number, least: number): string {
  return value.toFixed(Math.min(MOST_DIGITS, Math.max(least, places)));
}

/** Digits after the point that a number is written with: 2 for 0.84, 0 for whole ones. */
export function decimalsOf(value: number): number {
  const [, decimals = "", exponent = "0"] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return Math.max(0, decimals.length - Number(exponent));
}

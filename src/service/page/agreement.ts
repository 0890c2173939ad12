import type { Result } from "./answers.js";

/** The places, from 1, that the results of one list have in another; those that it lacks have none. */
export function placesIn(other: readonly Result[]): ReadonlyMap<number, number> {
  return new Map(other.map(({ row }, index) => [row, index + 1]));
}

/** How many results two lists share. */
export function sharedCount(one: readonly Result[], other: readonly Result[]): number {
  const places = placesIn(other);
  return one.filter(({ row }) => places.has(row)).length;
}

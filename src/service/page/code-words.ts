import { listing, plural } from "./sentences.js";

/** Differing bits that are named one by one. */
const MOST_NAMED = 8;

/** The positions at which two codes differ, from 0. Codes of unequal length have none: they cannot be compared. */
export function differingBits(code: string, other: string): number[] {
  if (code.length !== other.length) return [];
  return Array.from(code, (_, bit) => bit).filter(bit => code[bit] !== other[bit]);
}

/** What the drawing of a code shows, in words. @param query the code it is compared with; left out for the query's own */
export function codeWords(code: string, query?: string): string {
  if (query === undefined) return `Code of the query: ${plural(code.length, "bit")}, ${plural(ones(code), "one")}`;
  if (query.length !== code.length) return `Code of ${plural(code.length, "bit")}`;
  const differing = differingBits(code, query);
  if (differing.length === 0) return "No bit differs";
  const named = differing.slice(0, MOST_NAMED).map(bit => `${bit}`);
  const more = differing.length - named.length;
  const words = more > 0 ? [...named, `${more} more`] : named;
  return `Differing ${differing.length === 1 ? "bit" : "bits"}: ${listing(words)}`;
}

const ones = (code: string): number => code.split("1").length - 1;

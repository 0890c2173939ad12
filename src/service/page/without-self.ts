import type { Answer } from "./answers.js";

/**
 * An answer without the query itself, which a search by a picture of the gallery finds as well and the page shows apart.
 * @param k results that are left at most
 */
export function withoutSelf(answer: Answer, k: number): Answer {
  const { query, within, ties } = answer;
  const isOfGallery = query.row !== undefined && query.row !== null;
  const results = answer.results.filter(({ self }) => self !== true).slice(0, k);
  // It differs from itself in no bit, so it lies within every radius.
  const others = isOfGallery && typeof within === "number" ? Math.max(0, within - 1) : within;
  const isAmongTies = isOfGallery && ties?.distance === 0;
  const left = isAmongTies && ties ? { ...ties, count: ties.count - 1 } : ties;
  return { ...answer, k, results, within: others, ties: left };
}

import { roundedNumber } from "../core/shown-number.js";
import type { Choice } from "./choice.js";
import { intervalText, signedNumber } from "./fold-rows.js";

/** A row a candidate. (A type, not an interface: tables take objects with any keys.) */
export type ChoiceRow = Readonly<Record<string, string | number>>;

/**
 * Rows for a table in a cell, in the order of the candidates: mean score over folds with its interval (of this candidate
 * alone), difference to the first with its interval (corrected for the comparison of all others with it), what the gallery
 * keeps of an image, the time of a query and of a training. The one taken has a mark.
 */
export function choiceRows({ results, compared, chosen }: Choice): ChoiceRow[] {
  return results.map(({ name, bytesPerImage, msPerQuery, trainSeconds }, place) => {
    const { score, difference } = compared.ways[place];
    return {
      candidate: name,
      score: roundedNumber(score.mean),
      interval: `${roundedNumber(score.low)} to ${roundedNumber(score.high)}`,
      "to the first": place === 0 ? "–" : signedNumber(difference.value),
      "its interval": place === 0 ? "–" : intervalText(difference),
      "bytes/image": bytesPerImage,
      "ms/query": msPerQuery === null ? "–" : Number(msPerQuery.toPrecision(2)),
      "train s": roundedNumber(trainSeconds, 1),
      taken: place === chosen ? "✓" : "",
    };
  });
}

import type { ComparedFolds } from "./compare-folds.js";

/**
 * By which rule one of several ways to search is taken.
 * - "best": the highest mean over folds, of equal ones the cheaper. The default: a challenge pays nothing for bytes, and an
 *   interval that includes 0 is no proof that two are equal, so that any other choice gives away some of the score that is
 *   to be expected. It claims nothing: whether the best beats another is what the corrected intervals say.
 * - "cheapest": of those that cannot be told from the best (the interval of the difference, corrected for all pairs,
 *   includes 0) the one with the fewest bytes an image, then the fewest milliseconds a query, then the higher mean.
 */
export type ChoiceRule = "best" | "cheapest";

/** The names of the rules, for options. */
export const CHOICE_RULES: readonly ChoiceRule[] = ["best", "cheapest"];

/** What a way to search costs. */
export interface SearchCost {
  /** What the gallery keeps of an image. */
  readonly bytesPerImage: number;
  /** Milliseconds a query took; null where that was not measured. */
  readonly msPerQuery: number | null;
}

/** Places of those that the best cannot be told from, itself among them, in the order compared. */
export function untoldFromBest({ ways, best }: ComparedFolds): number[] {
  return [...ways.keys()].filter(place => place === best || ways[place].toBest.high >= 0);
}

/**
 * The place of the way that a rule takes.
 * @param costs of the ways, in their order
 */
export function chosenPlace(compared: ComparedFolds, costs: readonly SearchCost[], rule: ChoiceRule): number {
  const mean = (place: number): number => compared.ways[place].score.mean;
  const costlier = (a: number, b: number): number =>
    costs[a].bytesPerImage - costs[b].bytesPerImage || msOf(costs[a]) - msOf(costs[b]);
  const orders: Readonly<Record<ChoiceRule, () => number[]>> = {
    best: () => [...compared.ways.keys()].sort((a, b) => mean(b) - mean(a) || costlier(a, b) || a - b),
    cheapest: () => untoldFromBest(compared).sort((a, b) => costlier(a, b) || mean(b) - mean(a) || a - b),
  };
  return orders[rule]()[0];
}

function msOf({ msPerQuery }: SearchCost): number {
  return msPerQuery ?? 0;
}

import type { ChoiceRule } from "../challenge/choice-rule.js";
import { untoldFromBest } from "../challenge/choice-rule.js";
import { shownNumber } from "../core/shown-number.js";
import type { Choice } from "./choice.js";
import { standing } from "./fold-rows.js";

/** Why a candidate was taken, a sentence each; made of the numbers, so that it stays true on other data. */
export function choiceSentences(choice: Omit<Choice, "why">): string[] {
  const { compared, chosen } = choice;
  const [base] = compared.ways;
  return [
    foldsSentence(choice),
    ...narrowedSentences(choice),
    ruleSentence(choice),
    ...(chosen === 0 ? [] : [standing(compared.ways[chosen], base, compared)]),
    untoldSentence(choice),
    predictionSentence(choice),
  ];
}

function foldsSentence({ folds, results }: Omit<Choice, "why">): string {
  const { of, repeats, products, byRole } = folds;
  const deals = repeats === 1 ? "" : `, dealt ${repeats} times`;
  const held = Math.round(products.labelled / of);
  const test = products.test === null ? "not known" : `${products.test}`;
  const roles = byRole
    ? "queries and gallery are pictures of the kinds that the test has"
    : "a fifth of their pictures are the queries, of whatever kind they are";
  return (
    `${results.length} candidates were compared on ${of} folds of ${products.labelled} labelled products${deals}: about ` +
    `${held} held out at a time (the test's number is ${test}); ${roles}.`
  );
}

function narrowedSentences({ narrowed }: Omit<Choice, "why">): string[] {
  const numbers = [...new Set(narrowed.map(({ asked, kept }) => `${asked} ${kept}`))];
  return numbers.map(pair => {
    const alike = narrowed.filter(({ asked, kept }) => `${asked} ${kept}` === pair);
    const [{ asked, kept }] = alike;
    return `Of ${asked} directions asked for, whitening keeps ${kept}, the most that there are on a fold: ${alike.map(({ name }) => name).join("; ")}.`;
  });
}

const RULES: Readonly<Record<ChoiceRule, string>> = {
  best: "the highest mean over folds",
  cheapest: "the fewest bytes an image among those that cannot be told from the best",
};

function ruleSentence({ rule, candidate, compared, chosen, results }: Omit<Choice, "why">): string {
  const { bytesPerImage } = results[chosen];
  const score = shownNumber(compared.ways[chosen].score.mean);
  return `**${candidate.name}** is taken by the rule "${rule}": ${RULES[rule]} (score ${score}, ${bytesPerImage} bytes an image).`;
}

function untoldSentence({ compared }: Omit<Choice, "why">): string {
  const best = compared.ways[compared.best].name;
  const others = untoldFromBest(compared).filter(place => place !== compared.best);
  const pairs = `corrected for all ${(compared.ways.length * (compared.ways.length - 1)) / 2} pairs`;
  if (others.length === 0) return `${best} has the highest mean and beats every other candidate, ${pairs}.`;
  const names = others.map(place => compared.ways[place].name).join("; ");
  return `${best} has the highest mean; these cannot be told from it, ${pairs}: ${names}.`;
}

function predictionSentence({ predicted, folds }: Omit<Choice, "why">): string {
  const { score, low, high, confidence, products, productsKnown, luck } = predicted;
  const less = luck >= 0.0005 ? `, ${shownNumber(luck)} less than the mean, which flatters the best of several` : "";
  const where = `${shownNumber(low)} to ${shownNumber(high)} with ${Math.round(100 * confidence)} % confidence`;
  const { fold, test } = folds.gallery;
  const larger =
    !productsKnown && test !== null && test > 1.5 * fold
      ? ` The test's gallery has ${test} images and a fold's ${fold}: the score there will be lower.`
      : "";
  const asked = productsKnown
    ? `a test of ${products} such products`
    : `a test of as many products as a fold holds (${products}; its number is not known)`;
  const alike = folds.byRole ? "" : ", whose queries and gallery are pictures mixed like theirs,";
  return `For ${asked}${alike} the folds predict ${shownNumber(score)}${less}: ${where}.${larger}`;
}

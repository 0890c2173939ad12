import { shownNumber } from "../core/shown-number.js";
import { standing } from "./fold-rows.js";
import type { SubmittedChoice } from "./submit-choice.js";

/** What became of a submission, a sentence each. */
export function submittedSentences({ file, record, judged, onTest, asPredicted }: SubmittedChoice): string[] {
  const written = `${file} is a valid submission; ${record} says why it is as it is.`;
  if (judged.score === null || onTest === undefined)
    return [`${written} The labels are not known, so it has no score.`];
  const { score, top1, mAP10 } = judged.score;
  const numbers = `score ${shownNumber(score)} (top-1 ${shownNumber(top1)}, mAP@10 ${shownNumber(mAP10)})`;
  const where = asPredicted ? "inside" : "**outside**";
  const [first, taken] = onTest.ways;
  return [
    `${written} On the test part: ${numbers}, ${where} of the interval that the folds predicted.`,
    ...(taken.name === first.name ? [] : [`On the test part ${standing(taken, first, onTest)}`]),
  ];
}

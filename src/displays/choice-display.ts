import type { Display } from "../core/display.js";
import type { Choice } from "../experiments/choice.js";
import type { SubmittedChoice } from "../experiments/submit-choice.js";
import { rowsBundle } from "./rows-bundle.js";
import { summaryBundle } from "./summary.js";

/** Candidates compared over folds, a row each, and why one was taken. */
export const choiceDisplay: Display<Choice> = {
  name: "choice of a candidate",
  is: (value): value is Choice => {
    const { results, compared, candidate, why } = (value ?? {}) as Choice;
    return (
      Array.isArray(results) &&
      Array.isArray(compared?.ways) &&
      typeof candidate?.name === "string" &&
      Array.isArray(why)
    );
  },
  mime: async choice => {
    const { choiceRows } = await import("../experiments/choice-rows.js");
    return rowsBundle(choiceRows(choice), choice.why);
  },
};

/** A submission of the candidate taken, and what became of it. */
export const submittedDisplay: Display<SubmittedChoice> = {
  name: "submitted choice",
  is: (value): value is SubmittedChoice => {
    const { file, record, judged } = (value ?? {}) as SubmittedChoice;
    return typeof file === "string" && typeof record === "string" && typeof judged?.valid === "boolean";
  },
  mime: async submitted => {
    const { submittedSentences } = await import("../experiments/submitted-sentences.js");
    return summaryBundle({
      title: "Submission",
      about: submitted.file,
      facts: {},
      notes: submittedSentences(submitted),
    });
  },
};

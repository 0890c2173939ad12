import { type Display, hasDisplay, registerDisplay } from "../core/display.js";
import { arrayDisplay } from "./array-display.js";
import { backboneDisplay } from "./backbone-display.js";
import { foldsDisplay, judgedDisplay, rankingDisplay, rankingsDisplay } from "./challenge-display.js";
import { choiceDisplay, submittedDisplay } from "./choice-display.js";
import { codesDisplay } from "./codes-display.js";
import { datasetDisplay } from "./dataset-display.js";
import { elementDisplay } from "./element-display.js";
import { detailedEvaluationDisplay, evaluationDisplay } from "./evaluation-display.js";
import { comparisonDisplay, experimentDisplay, resultDisplay, resultsDisplay } from "./experiment-display.js";
import { dataFolderDisplay, featuresDisplay } from "./features-display.js";
import { figureDisplay } from "./figure-display.js";
import { imageDisplay } from "./image-display.js";
import { leaksDisplay } from "./leaks-display.js";
import { methodDisplay, metricDisplay } from "./method-display.js";
import { modelDisplay, trainedHeadDisplay } from "./model-display.js";
import { reproductionDisplay } from "./reproduction-display.js";
import { runComparisonDisplay } from "./run-comparison-display.js";
import { splitDisplay } from "./split-display.js";
import { studyDisplay } from "./study-display.js";
import { studyRecordDisplay } from "./study-record-display.js";
import { tableDisplay } from "./table-display.js";
import { tensorDisplay } from "./tensor-display.js";
import { unseenDisplay } from "./unseen-display.js";

/** Displays of this library, those of wider kinds first: of several that take a value the last is asked. */
// biome-ignore lint/suspicious/noExplicitAny: each of another kind of values
export const KNOWN_DISPLAYS: readonly Display<any>[] = [
  tableDisplay,
  arrayDisplay,
  tensorDisplay,
  elementDisplay,
  imageDisplay,
  figureDisplay,
  datasetDisplay,
  splitDisplay,
  backboneDisplay,
  featuresDisplay,
  dataFolderDisplay,
  studyDisplay,
  methodDisplay,
  metricDisplay,
  modelDisplay,
  trainedHeadDisplay,
  codesDisplay,
  evaluationDisplay,
  detailedEvaluationDisplay,
  resultDisplay,
  experimentDisplay,
  resultsDisplay,
  comparisonDisplay,
  studyRecordDisplay,
  runComparisonDisplay,
  reproductionDisplay,
  unseenDisplay,
  leaksDisplay,
  rankingDisplay,
  rankingsDisplay,
  foldsDisplay,
  judgedDisplay,
  choiceDisplay,
  submittedDisplay,
];

/** Makes the values of this library show themselves; done when it is imported. */
export function registerKnownDisplays(): void {
  for (const display of KNOWN_DISPLAYS) registerDisplay(display);
}

/** The same for names that nobody has registered: cells may have displays of theirs, and another copy of this library. */
export function registerMissingDisplays(): void {
  for (const display of KNOWN_DISPLAYS) if (!hasDisplay(display.name)) registerDisplay(display);
}

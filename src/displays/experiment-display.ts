import type { Display } from "../core/display.js";
import type { MimeBundle } from "../core/mime-bundle.js";
import { duration } from "../core/progress.js";
import type { Comparison } from "../experiments/compare-methods.js";
import { resultRows, type SearchResult } from "../experiments/result.js";
import type { Experiment, ExperimentRecord } from "../experiments/run-experiment.js";
import { figuresOf, isEvaluation, precisionRecallSvg } from "./evaluation-display.js";
import { placeText } from "./place-text.js";
import { rowsBundle } from "./rows-bundle.js";
import { summaryBundle } from "./summary.js";
import { courseFacts, lossSvg } from "./training-course.js";

/** How one search did: a baseline, or the record of an experiment. */
export const resultDisplay: Display<SearchResult> = {
  name: "result",
  is: isResult,
  mime: result => resultBundle(result, {}),
};

/** A finished experiment: how it was trained, how it does, and where it is kept. */
export const experimentDisplay: Display<Experiment> = {
  name: "experiment",
  is: isExperiment,
  mime: ({ record, folder, cached }) =>
    resultBundle(record, {
      folder: `${placeText(folder)}${cached ? `, of ${record.date.slice(0, 10)}` : ""}`,
    }),
};

/** Several results, or experiments, as the table of a paper. */
export const resultsDisplay: Display<readonly (SearchResult | Experiment)[]> = {
  name: "results",
  is: (value): value is readonly (SearchResult | Experiment)[] =>
    Array.isArray(value) && value.length > 0 && value.every(one => isResult(one) || isExperiment(one)),
  mime: results => rowsBundle(resultRows(results.map(one => (isExperiment(one) ? one.record : one)))),
};

/** A comparison: its table, and what follows from it. */
export const comparisonDisplay: Display<Comparison> = {
  name: "comparison",
  is: (value): value is Comparison => {
    const { results, experiments, verdict } = (value ?? {}) as Comparison;
    return (
      typeof verdict === "string" && Array.isArray(experiments) && Array.isArray(results) && results.every(isResult)
    );
  },
  mime: ({ results, verdict }) => rowsBundle(resultRows(results), [verdict]),
};

function isResult(value: unknown): value is SearchResult {
  const { title, evaluation, bytesPerItem } = (value ?? {}) as SearchResult;
  return typeof title === "string" && typeof bytesPerItem === "number" && isEvaluation(evaluation);
}

function isExperiment(value: unknown): value is Experiment {
  const { record, codes, folder } = (value ?? {}) as Experiment;
  return typeof folder === "string" && codes !== undefined && isResult(record);
}

function resultBundle(result: SearchResult, more: Readonly<Record<string, string>>): MimeBundle {
  const { title, bits, evaluation, byRank, bytesPerItem, trainSeconds, overlaps } = result;
  const record = "epochs" in result ? (result as ExperimentRecord) : undefined;
  const size = bits === null ? "features" : `${bits} bits`;
  const learned = trainSeconds >= 0.05 ? `, learned in ${duration(trainSeconds)}` : "";
  return summaryBundle({
    title,
    about: `${size}, ${bytesPerItem} bytes an item${learned}`,
    facts: {
      ...figuresOf(evaluation),
      ...(record === undefined ? {} : settingsOf(record)),
      ...more,
    },
    picture: [precisionRecallSvg(evaluation, byRank), record && lossSvg(record)].filter(Boolean).join("") || undefined,
    notes: overlaps === undefined || overlaps.queriesInDatabase === 0 ? [] : ["Queries stand in the database."],
  });
}

function settingsOf({ config, features, split, engine, epochs, steps }: ExperimentRecord): Record<string, string> {
  return {
    data: `${features.dataset}, ${features.backbone}`,
    rule: split.protocol,
    ...courseFacts(epochs, steps),
    settings: [`seed ${config.seed}`, `engine ${engine}`, ...optionTexts(config.options)].join(", "),
  };
}

function optionTexts(options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
}

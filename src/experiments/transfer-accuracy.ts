import type { PackedCodes } from "../codes/packed-codes.js";
import { unpackCodes } from "../codes/packed-codes.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { singleLabels } from "../core/labels.js";
import { takeLabels } from "../core/take-labels.js";
import { labelledRows } from "../core/unlabelled.js";
import { logisticRegression, predictClasses } from "../methods/logistic-regression.js";
import { denseLabels } from "../training/dense-labels.js";
import type { LabelledSplit } from "./evaluate-split.js";

/**
 * Accuracy of a classifier that learns from the database, as labelled items, and is asked for the classes of the queries:
 * what codes keep of classes that their method may never have seen (the second protocol of Sablayrolles et al., ICASSP
 * 2017). The classifier is a multinomial logistic regression on values of mean 0 and deviation 1. On features it gives
 * the upper bound, on unlearned codes the lower one.
 * @param values of all rows: codes, whose bits count as −1 and +1, or features (n, dim)
 * @param data labels of all rows, one class an item, and which rows are queries and database
 * @param options.penalty of the classifier's squared weights, above 0. Default 1
 * @param options.engine Default: the best that is there
 * @returns share of the queries whose class is found, 0..1; items of unknown class are left out
 * @throws {InputError} for labels of several classes, and where the database is of one class or there is no query
 */
export async function transferAccuracy(
  values: PackedCodes | NdArray<Float32Array>,
  data: LabelledSplit,
  options: { readonly penalty?: number; readonly engine?: Engine } = {},
): Promise<number> {
  const { penalty = 1, engine = await openEngine() } = options;
  const labels = singleLabels(data.labels, "transfer to classes");
  const [query, database] = [data.split.query, data.split.database].map(rows => labelledRows(labels, rows));
  const { labels: numbers, classes } = denseLabels(labels, database);
  if (classes < 2 || query.length === 0) {
    throw new InputError("there is nothing to transfer", {
      expected: "a database of two classes or more, and queries",
      actual: `${classes} classes, ${query.length} queries`,
    });
  }
  const all = "bits" in values ? signsOf(values) : values;
  const known = { features: takeRows(all, database), labels: takeLabels(numbers as Int32Array, database), classes };
  const classifier = await logisticRegression(known, { penalty, engine });
  const found = predictClasses(takeRows(all, query), classifier);
  const right = takeLabels(numbers as Int32Array, query).filter((label, at) => label === found[at]).length;
  return right / query.length;
}

/** Bits as −1 and +1, (n, bits). */
function signsOf(codes: PackedCodes): NdArray<Float32Array> {
  const { data, shape } = unpackCodes(codes);
  return { data: Float32Array.from(data), shape };
}

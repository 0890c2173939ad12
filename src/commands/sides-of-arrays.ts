import { InputError } from "../core/errors.js";
import { labelCount } from "../core/labels.js";
import { matchClasses } from "../core/named-labels.js";
import type { LabelsOfFile } from "../features/named-labels-file.js";
import type { EvaluationInput } from "./evaluation-input.js";
import { convertedOf } from "./evaluation-input.js";
import type { KnownCodes } from "./known-codes.js";
import { rankedPart } from "./known-codes.js";
import { learnedClassesOf } from "./learned-classes.js";
import { noveltyOfArray } from "./seen.js";

/** Codes that say what they are codes of, and labels with class names, leave nothing of this to say. */
const APART = "codes and labels came as arrays: nothing says that their rows are the same items";

type SideOfArrays = readonly [KnownCodes, LabelsOfFile];

/**
 * Codes and labels as arrays.
 * @throws {InputError} when they differ in number, or labels are of other data than the codes
 */
export function sidesOfArrays(
  [queryCodes, queryLabels]: SideOfArrays,
  [databaseCodes, databaseLabels]: SideOfArrays,
): EvaluationInput {
  checkTogether(queryCodes, queryLabels);
  checkTogether(databaseCodes, databaseLabels);
  const { queries, database, classNames, unchecked, ...classes } = matchClasses(queryLabels, databaseLabels);
  const novelty = noveltyOfArray(queryCodes, queries);
  const { unchecked: unknown, ...learned } = learnedClassesOf(queryCodes.sidecar?.model, {
    labels: queries,
    classNames,
  });
  return {
    sides: {
      queries: { ...rankedPart(queryCodes), labels: queries, classNames },
      database: { ...rankedPart(databaseCodes), labels: database, classNames },
    },
    classes,
    leftOut: { queries: 0, database: 0 },
    ...learned,
    seen: novelty.seen,
    unchecked: [APART, ...unmadeBy(queryCodes, databaseCodes), ...novelty.unchecked, ...unknown, ...unchecked],
    converted: convertedOf(queryCodes, databaseCodes, queryLabels, databaseLabels),
  };
}

function checkTogether(
  { codes, file: codesFile, sidecar }: KnownCodes,
  { labels, file, contentHash }: LabelsOfFile,
): void {
  if (labelCount(labels) !== codes.count) {
    throw new InputError("codes and labels differ in number", {
      file,
      expected: `${codes.count} rows, one for each code of ${codesFile}`,
      actual: `${labelCount(labels)}`,
    });
  }
  const known = sidecar?.data?.contentHash;
  if (known === undefined || contentHash === undefined || known === contentHash) return;
  throw new InputError("these labels are of other data than the codes", {
    file,
    expected: `labels of content hash ${known}, as ${codesFile}`,
    actual: contentHash,
  });
}

/** A sentence for each file of codes that does not say by which model it was made. */
function unmadeBy(...known: readonly KnownCodes[]): string[] {
  return known
    .filter(({ sidecar }) => sidecar === undefined)
    .map(({ file }) => `${file} does not say which model made its codes, and of which items that has learned`);
}

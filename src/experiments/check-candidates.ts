import type { Candidate } from "../challenge/candidate.js";
import { checkRanking } from "../challenge/rank-gallery.js";
import { RANKING_NAMES } from "../challenge/ranking-name.js";
import { SUBMISSION_PLACES } from "../challenge/submission.js";
import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { methodOf } from "../methods/known-methods.js";
import { fitConfig } from "../training/fit-method.js";
import { resolveConfig } from "../training/train-config.js";

/**
 * Checks candidates before the first is trained.
 * @param sets names of the features that there are
 * @throws {InputError} naming the candidate and what is wrong with it
 */
export function checkCandidates(candidates: readonly Candidate[], sets: readonly string[]): void {
  if (candidates.length < 2) {
    throw new InputError("there is nothing to choose from", { expected: "two candidates or more" });
  }
  const names = new Set<string>();
  for (const one of candidates) {
    if (names.has(one.name)) throw new InputError(`two candidates are called ${JSON.stringify(one.name)}`);
    names.add(one.name);
    checkCandidate(one, sets);
  }
}

/** @throws {InputError} naming the candidate and what is wrong with it */
export function checkCandidate(candidate: Candidate, sets: readonly string[]): void {
  const { name, features, whiten, whitenBy, training, codes, codeBits, ranking } = candidate;
  const wrong = (what: string, expected: string, actual?: string): InputError =>
    new InputError(`the candidate ${JSON.stringify(name)} ${what}`, { expected, actual });
  const unknown = unknownField(candidate);
  if (unknown !== undefined) throw wrong("has a field that is none", knownNames(...unknown), unknown[0]);
  if (features !== undefined && !sets.includes(features)) {
    throw wrong("asks for features that are not there", knownNames(features, sets), features);
  }
  if (whiten !== undefined && !(Number.isSafeInteger(whiten) && whiten >= 1)) {
    throw wrong("cannot be whitened so", "a whole number of directions, at least 1", `${whiten}`);
  }
  if (whitenBy !== undefined && !(whiten !== undefined && WHITENED_BY.includes(whitenBy))) {
    throw wrong("cannot be whitened so", `whiten, and whitenBy of ${WHITENED_BY.join(" or ")}`, `${whitenBy}`);
  }
  const how = ranking?.ranking;
  if (!RANKING_NAMES.includes(how)) throw wrong("has no such ranking", knownNames(`${how}`, RANKING_NAMES), `${how}`);
  try {
    checkRanking(ranking, SUBMISSION_PLACES);
  } catch (cause) {
    throw new InputError(`the candidate ${JSON.stringify(name)}: ${(cause as Error).message}`, { cause });
  }
  if (training === undefined) {
    const needsCodes = how !== "features" || ranking.shortlist !== undefined;
    if (needsCodes) throw wrong("ranks codes and learns none", 'training, or the ranking "features"', how);
    if (codes !== undefined) throw wrong("has codes of nothing", "training with codes");
    return;
  }
  const method = methodOf(training.method);
  if (method.kind === "fitted") fitConfig({ ...training, method });
  else resolveConfig(training);
  if (codeBits !== undefined) {
    const right = codes === "itq" && Number.isSafeInteger(codeBits) && codeBits >= 1 && codeBits <= training.bits;
    if (!right) throw wrong("cannot have so many bits", `codes "itq" of 1 to ${training.bits} bits`, `${codeBits}`);
  }
  if (codes === "itq" && method.kind === "fitted") {
    throw wrong("turns what is fitted already", "ITQ of what a head gives that was trained", method.name);
  }
}

/** What may be whitened. */
const WHITENED_BY: readonly string[] = ["features", "products"] satisfies Candidate["whitenBy"][];

/** What each part of a candidate may have; what `training` may have is checked where it is used. */
const FIELDS: readonly string[] = [
  "name",
  "features",
  "whiten",
  "whitenBy",
  "training",
  "codes",
  "codeBits",
  "ranking",
];
const RANKING_FIELDS: readonly string[] = ["ranking", "shortlist", "augmentation", "expansion", "reciprocal"];
const AVERAGING_FIELDS: readonly string[] = ["neighbours", "alpha"];
const RECIPROCAL_FIELDS: readonly string[] = ["k1", "k2", "lambda"];

/** A field that nothing reads, which may be a misspelt one, and the fields that there are. */
function unknownField(candidate: Candidate): [string, readonly string[]] | undefined {
  const parts = [
    [candidate, FIELDS],
    [candidate.ranking ?? {}, RANKING_FIELDS],
    [candidate.ranking?.augmentation ?? {}, AVERAGING_FIELDS],
    [candidate.ranking?.expansion ?? {}, AVERAGING_FIELDS],
    [candidate.ranking?.reciprocal ?? {}, RECIPROCAL_FIELDS],
  ] as const;
  for (const [part, fields] of parts) {
    const wrong = Object.keys(part).find(name => !fields.includes(name));
    if (wrong !== undefined) return [wrong, fields];
  }
  return undefined;
}

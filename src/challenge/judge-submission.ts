import type { ChallengeSet } from "./challenge-set.js";
import { readSubmission } from "./check-submission.js";
import type { ChallengeScore } from "./score.js";
import { isScorable, scoreSubmission } from "./score.js";
import type { SubmissionFault } from "./submission-fault.js";

/** What is to be said of a submission. */
export interface JudgedSubmission {
  readonly valid: boolean;
  /** All that is wrong; none when it is valid. */
  readonly faults: readonly SubmissionFault[];
  /** Null for an invalid submission, and where labels are not known. */
  readonly score: ChallengeScore | null;
}

/**
 * Reads a submission, checks it and, where it is valid and labels are known, scores it: what `hashbook score` does.
 * @param file its path
 * @param set names that may stand in it, and labels (−1 where unknown)
 * @throws {InputError} when the file cannot be read, or no query has a relevant gallery image
 */
export async function judgeSubmission(
  file: string,
  { names, labels }: Pick<ChallengeSet, "names" | "labels">,
): Promise<JudgedSubmission> {
  const { lines, faults } = await readSubmission(file, names);
  const valid = faults.length === 0;
  return { valid, faults, score: valid && isScorable(labels) ? scoreSubmission(lines, names, labels) : null };
}

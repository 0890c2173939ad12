import type { RankingResult } from "../challenge/compare-rankings.js";
import type { FoldScores } from "../challenge/fold-scores.js";
import type { JudgedSubmission } from "../challenge/judge-submission.js";
import type { ChallengeScore } from "../challenge/score.js";
import { faultsText } from "../challenge/submission-fault.js";
import type { Display } from "../core/display.js";
import type { MimeBundle } from "../core/mime-bundle.js";
import { shownNumber } from "../core/shown-number.js";
import { countText } from "../core/size-text.js";
import { rowsBundle } from "./rows-bundle.js";
import { summaryBundle } from "./summary.js";

/** How one way to rank a gallery did. */
export const rankingDisplay: Display<RankingResult> = {
  name: "challenge ranking",
  is: isRankingResult,
  mime: result => rankingsBundle([result]),
};

/** Ways to rank a gallery, a row each. */
export const rankingsDisplay: Display<readonly RankingResult[]> = {
  name: "challenge rankings",
  is: (value): value is readonly RankingResult[] =>
    Array.isArray(value) && value.length > 0 && value.every(isRankingResult),
  mime: rankingsBundle,
};

/** Scores by fold; of several ways to search, what follows. */
export const foldsDisplay: Display<readonly FoldScores[]> = {
  name: "scores over folds",
  is: (value): value is readonly FoldScores[] => Array.isArray(value) && value.length > 0 && value.every(isFoldScores),
  mime: async results => {
    const { foldRows, foldVerdict } = await import("../experiments/fold-rows.js");
    return rowsBundle(foldRows(results), results.length > 1 ? [foldVerdict(results)] : []);
  },
};

/** A submission: whether it is valid, its score or its faults. */
export const judgedDisplay: Display<JudgedSubmission> = {
  name: "submission",
  is: (value): value is JudgedSubmission => {
    const { valid, faults, score } = (value ?? {}) as JudgedSubmission;
    return typeof valid === "boolean" && Array.isArray(faults) && (score === null || isScore(score));
  },
  mime: ({ valid, faults, score }) =>
    summaryBundle({
      title: "Submission",
      about: valid ? "valid" : `${countText(faults.length)} ${faults.length === 1 ? "fault" : "faults"}`,
      facts: score === null ? {} : scoreFacts(score),
      notes: valid && score === null ? ["Its labels are not known, so it has no score."] : faultNotes(faults),
    }),
};

async function rankingsBundle(results: readonly RankingResult[]): Promise<MimeBundle> {
  const { rankingRows } = await import("../challenge/compare-rankings.js");
  return rowsBundle(rankingRows(results));
}

function faultNotes(faults: JudgedSubmission["faults"]): string[] {
  return faults.length === 0 ? [] : faultsText(faults, "line").split("\n");
}

function scoreFacts({ score, top1, mAP10, queries, gallery }: ChallengeScore): Record<string, string> {
  return {
    score: shownNumber(score),
    "top-1": shownNumber(top1),
    "mAP@10": shownNumber(mAP10),
    searched: `${countText(queries)} queries in a gallery of ${countText(gallery)}`,
  };
}

function isScore(value: unknown): value is ChallengeScore {
  const { score, top1, mAP10 } = (value ?? {}) as ChallengeScore;
  return [score, top1, mAP10].every(number => typeof number === "number");
}

function isRankingResult(value: unknown): value is RankingResult {
  const { name, score, bytesPerImage, msPerQuery } = (value ?? {}) as RankingResult;
  return (
    typeof name === "string" && isScore(score) && typeof bytesPerImage === "number" && typeof msPerQuery === "number"
  );
}

function isFoldScores(value: unknown): value is FoldScores {
  const { name, scores, queries } = (value ?? {}) as FoldScores;
  return (
    typeof name === "string" &&
    Array.isArray(queries) &&
    Array.isArray(scores) &&
    scores.length > 0 &&
    scores.every(one => typeof one === "number")
  );
}

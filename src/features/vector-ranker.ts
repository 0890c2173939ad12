import type { Engine } from "../compute/program.js";
import type { Ranker } from "../ranking/ranker.js";
import { scoreRanker } from "../ranking/score-ranker.js";
import type { SideWith } from "../ranking/side.js";
import { neededOf } from "../ranking/side.js";
import { queryScores } from "./cosine.js";
import type { VectorMeasure } from "./vector-scores.js";

export interface VectorRankerOptions {
  /** What is compared. Default "features". */
  of?: "features" | "relaxedCodes";
  /** Default "cosine". */
  measure?: VectorMeasure;
  /** Queries scored at once, at least 1. Default 64. Memory: block × database × 4 bytes. */
  block?: number;
  /** What computes. Default: the best engine that is there. */
  engine?: Engine;
}

const IN_WORDS: Readonly<Record<VectorMeasure, string>> = {
  inner: "inner products",
  euclidean: "euclidean",
  cosine: "cosine",
};

/**
 * Exhaustive search among vectors, for `evaluateRanker`: by cosine of features it is the baseline that hash codes are
 * measured against.
 */
export function vectorRanker(options: VectorRankerOptions = {}): Ranker<SideWith<"labels">> {
  const { of = "features", measure = "cosine", block, engine } = options;
  return scoreRanker<SideWith<"labels">>({
    name: `${measure}-${of}`,
    description: `${IN_WORDS[measure]} of ${of === "features" ? of : "relaxed codes"}`,
    async prepare({ queries, database }) {
      const [from, among] = [neededOf(of, queries, "queries"), neededOf(of, database, "database")];
      return queryScores(from, among, { measure, engine, block });
    },
  });
}

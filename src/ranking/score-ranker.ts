import type { Ranker } from "./ranker.js";
import { relevanceByLabels } from "./relevance.js";
import type { ScoreBlock } from "./score-ranking.js";
import { scoreRankings } from "./score-ranking.js";
import type { Side, Sides, SideWith } from "./side.js";
import { sidesWith } from "./side.js";

/** Scores of the queries of given sides, made ready. */
export interface PreparedScores {
  readonly scores: ScoreBlock;
  /** Queries scored at once. Default 64; at least 1. Memory: block × database × 4 bytes. */
  readonly block?: number;
  /** Gives back what they hold. Default: nothing. */
  dispose?(): Promise<void>;
}

/** How a ranker by scores is called, and what it compares. */
export interface ScoreRankerOptions<Queries extends Side, Database extends Side = Queries> {
  readonly name: string;
  /** For people. */
  readonly description: string;
  /** Prepares the scores of the queries, larger for nearer. */
  prepare(sides: Sides<Queries, Database>): PreparedScores | Promise<PreparedScores>;
}

/** A ranker by real-valued scores. */
export function scoreRanker<Queries extends Side, Database extends Side = Queries>(
  options: ScoreRankerOptions<Queries, Database>,
): Ranker<Queries & SideWith<"labels">, Database & SideWith<"labels">> {
  const { name, description, prepare } = options;
  return {
    name,
    description,
    groups: "scores",
    async *rankings(sides, { self, gains, signal } = {}) {
      const relevance = relevanceByLabels(sidesWith(sides, "labels"));
      const prepared = await prepare(sides);
      try {
        yield* scoreRankings(prepared.scores, relevance, { block: prepared.block, self, gains, signal });
      } finally {
        await prepared.dispose?.();
      }
    },
    close: () => {},
  };
}

import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { ScoreBlock } from "../ranking/score-ranking.js";
import type { VectorMeasure } from "./vector-scores.js";
import { vectorScorer } from "./vector-scores.js";

/** Scores of query vectors with all vectors of a database, and the engine's memory behind them. */
export interface QueryScores {
  /** Hand this to `evaluateScores`. Blocks of up to `block` queries. */
  readonly scores: ScoreBlock;
  /** Queries a block, for `evaluateScores`' option of that name. */
  readonly block: number;
  dispose(): Promise<void>;
}

/**
 * Prepares exhaustive search by cosine similarity: the baseline that hash codes are measured against.
 * @param queries (n, dim)
 * @param database (m, dim), read in place
 * @throws {InputError} when the dimensions differ
 */
export function cosineScores(
  engine: Engine,
  queries: NdArray<Float32Array>,
  database: NdArray<Float32Array>,
): Promise<QueryScores> {
  return queryScores(engine, queries, database, { measure: "cosine" });
}

/**
 * Prepares exhaustive search of given queries by any measure.
 * @param options.block queries a call, cut to their number. Default 64
 * @throws {InputError} when the dimensions differ
 */
export async function queryScores(
  engine: Engine,
  queries: NdArray<Float32Array>,
  database: NdArray<Float32Array>,
  options: { measure: VectorMeasure; block?: number },
): Promise<QueryScores> {
  const [count, dim] = queries.shape;
  if (database.shape[1] !== dim) {
    throw new InputError("vectors of queries and database differ in length", {
      expected: `${dim}, the queries'`,
      actual: `${database.shape[1]}`,
    });
  }
  const block = Math.max(1, Math.min(options.block ?? 64, count));
  const scorer = await vectorScorer(engine, database, options.measure, { block });
  const scores: ScoreBlock = (from, to) =>
    scorer.scores({ data: queries.data.subarray(from * dim, to * dim), shape: [to - from, dim] });
  return { scores, block, dispose: () => scorer.dispose() };
}

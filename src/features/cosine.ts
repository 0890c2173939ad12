import { openEngine } from "../compute/engine.js";
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
  /** Gives back the engine's memory. */
  dispose(): Promise<void>;
}

/**
 * Prepares exhaustive search by cosine similarity: the baseline that hash codes are measured against.
 * @param queries (n, dim)
 * @param database (m, dim), read in place
 * @param options.engine Default: the best that is there
 * @throws {InputError} when the dimensions differ
 */
export function cosineScores(
  queries: NdArray<Float32Array>,
  database: NdArray<Float32Array>,
  options: { readonly engine?: Engine } = {},
): Promise<QueryScores> {
  return queryScores(queries, database, { measure: "cosine", ...options });
}

/**
 * Prepares exhaustive search of given queries by any measure.
 * @param options.engine Default: the best that is there
 * @param options.block queries a call, cut to their number. Default 64
 * @throws {InputError} when the dimensions differ
 */
export async function queryScores(
  queries: NdArray<Float32Array>,
  database: NdArray<Float32Array>,
  options: { readonly measure: VectorMeasure; readonly engine?: Engine; readonly block?: number },
): Promise<QueryScores> {
  const [count, dim] = queries.shape;
  if (database.shape[1] !== dim) {
    throw new InputError("vectors of queries and database differ in length", {
      expected: `${dim}, the queries'`,
      actual: `${database.shape[1]}`,
    });
  }
  const block = Math.max(1, Math.min(options.block ?? 64, count));
  const engine = options.engine ?? (await openEngine());
  const scorer = await vectorScorer(database, { measure: options.measure, engine, block });
  const scores: ScoreBlock = (from, to) =>
    scorer.scores({ data: queries.data.subarray(from * dim, to * dim), shape: [to - from, dim] });
  return { scores, block, dispose: () => scorer.dispose() };
}

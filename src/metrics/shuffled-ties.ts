import { Random } from "../core/random.js";
import type { Sides, SideWith } from "../ranking/side.js";
import { sidesWith, takeSide } from "../ranking/side.js";
import type { EvaluateCodesOptions } from "./evaluate.js";
import { evaluateCodes } from "./evaluate.js";
import type { ConventionName } from "./published.js";

/** Settings of {@link shuffledTies}. */
export interface ShuffledTiesOptions extends Pick<EvaluateCodesOptions, "threads" | "signal"> {
  /** The R of mAP@R. Default 10; at least 1. */
  cutoff?: number;
  /** Whose mAP is watched. Default "deephash-pytorch". */
  convention?: ConventionName;
  /** How many orders of the database are tried. Default 20; at least 1. */
  shuffles?: number;
  /** Of the orders. Default 0. */
  seed?: number;
}

/** mAP@R of the same codes under different orders of the database. */
export interface ShuffledTies {
  readonly cutoff: number;
  readonly convention: ConventionName;
  /** (shuffles) mAP as the published code computes it, which breaks ties by the order of the database. */
  readonly published: readonly number[];
  /** (shuffles) ours, the expectation over all orders of ties. */
  readonly tieAware: readonly number[];
  /** Best and worst mAP that an order of ties can give, by our definition of AP. */
  readonly optimistic: number;
  readonly pessimistic: number;
}

/**
 * Evaluates the same codes again and again, each time with the database in another order. Nothing is retrieved better or
 * worse; what moves is the evaluation.
 * @throws {InputError} as {@link evaluateCodes}
 */
export async function shuffledTies(
  sides: Sides<SideWith<"codes" | "labels">>,
  options: ShuffledTiesOptions = {},
): Promise<ShuffledTies> {
  const { cutoff = 10, convention = "deephash-pytorch", shuffles = 20, seed = 0, threads, signal } = options;
  const { queries, database } = sidesWith(sides, "codes", "labels");
  const random = new Random(seed).stream("shuffled ties");
  const published: number[] = [];
  const tieAware: number[] = [];
  let bounds = { optimistic: 0, pessimistic: 0 };
  const settings = { cutoffs: [cutoff], conventions: [convention], bounds: true, threads, signal };
  for (let shuffle = 0; shuffle < shuffles; shuffle++) {
    const shuffled = takeSide(database, random.permutation(database.codes.count));
    const evaluation = await evaluateCodes({ queries, database: shuffled }, settings);
    const mAP = evaluation.mAP[cutoff];
    published.push(evaluation.published![convention][cutoff]);
    tieAware.push(mAP.tieAware);
    bounds = { optimistic: mAP.optimistic!, pessimistic: mAP.pessimistic! };
  }
  return { cutoff, convention, published, tieAware, ...bounds };
}

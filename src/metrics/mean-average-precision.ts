import type { Abortable } from "../core/abort.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { parallelHistograms } from "../ranking/parallel-rankings.js";
import type { Sides, SideWith } from "../ranking/side.js";
import { rowsOf, sidesWith } from "../ranking/side.js";
import { harmonicNumbers, tieAwareAveragePrecision } from "./average-precision.js";
import { meanOf } from "./bootstrap.js";
import { checkMeasured } from "./evaluation-means.js";
import { labelledSides } from "./labelled-sides.js";

/** Settings of {@link tieAwareMAP}. */
export interface MeanAveragePrecisionOptions extends Abortable {
  /** Items of unknown class, as for `evaluateCodes`. Default "drop". */
  readonly unlabelled?: Unlabelled;
  /** Default: all cores, as far as there is work for them. */
  readonly threads?: number;
}

/**
 * Tie-aware mAP over the whole ranking by Hamming distance, and nothing else: `mAP.all.tieAware` of `evaluateCodes`, to
 * the last bit. It needs how many items lie at each distance, and no order: what watches a training asks again and again.
 * @returns 0..1, the mean over the queries that have a relevant item
 */
export async function tieAwareMAP(
  all: Sides<SideWith<"codes" | "labels">>,
  { unlabelled: treatment, threads, signal }: MeanAveragePrecisionOptions = {},
): Promise<number> {
  const { sides, unlabelled } = labelledSides(sidesWith(all, "codes", "labels"), treatment);
  const database = rowsOf(sides.database, "database");
  const harmonic = harmonicNumbers(database);
  const precisions: number[] = [];
  for await (const groups of parallelHistograms(sides, { threads, signal })) {
    if (groups.relevant.some(count => count > 0)) precisions.push(tieAwareAveragePrecision(groups, { harmonic }));
  }
  checkMeasured(precisions.length, { queries: rowsOf(sides.queries, "queries"), database, unlabelled });
  return meanOf(precisions);
}

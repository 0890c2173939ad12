import type { SearchResult } from "../experiments/result.js";
import { isHamming } from "../experiments/result.js";

/**
 * How a finished run does, in the numbers that all trackers get: those of the queries as `test/…`, under the names that
 * comparisons have, and of the rows held out as `val/mAP`. What is not a number is left out.
 * @param result undefined where it was not judged by the queries
 */
export function finalMetrics(
  result: SearchResult | undefined,
  validationMAP: number | undefined,
): Readonly<Record<string, number>> {
  const named = {
    ...(validationMAP === undefined ? {} : { "val/mAP": validationMAP }),
    ...(result === undefined ? {} : testMetrics(result)),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => Number.isFinite(value)));
}

function testMetrics({ evaluation, headline }: SearchResult): Record<string, number> {
  const { mAP, top1, precisionAt, recallAt, metrics = {} } = evaluation;
  const named: Record<string, number> = {};
  for (const [cutoff, { tieAware }] of Object.entries(mAP))
    named[cutoff === "all" ? "mAP" : `mAP@${cutoff}`] = tieAware;
  for (const [places, value] of Object.entries(precisionAt)) named[`P@${places}`] = value;
  for (const [places, value] of Object.entries(recallAt)) named[`R@${places}`] = value;
  named["top-1"] = top1;
  if (isHamming(evaluation)) {
    const { precision, mAP: ball, emptyBalls } = evaluation.radius2;
    Object.assign(named, { "P@H≤2": precision, "mAP@H≤2": ball, "empty balls": emptyBalls });
  }
  Object.assign(named, metrics);
  if (headline !== undefined) {
    const { cutoff, papers } = headline;
    named[`${cutoff === "all" ? "mAP" : `mAP@${cutoff}`}:${papers.convention}`] = papers.value;
  }
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [`test/${name}`, value]));
}

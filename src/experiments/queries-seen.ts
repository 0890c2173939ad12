import { learnedNames } from "../datasets/query-classes.js";
import type { SeenByModel } from "../features/seen-by-model.js";
import { seenItems } from "../features/seen-items.js";
import type { SeenPart } from "../features/seen-parts.js";
import type { Method } from "../methods/method.js";
import type { ExperimentData } from "./experiment-data.js";
import type { LearnableRows } from "./learned-rows.js";
import { learnedRows, learnsClasses } from "./learned-rows.js";

/**
 * Queries of an experiment that its method would learn from, or that would choose its epoch. The database may be learned
 * from: so it is in the usual protocols.
 */
export function queriesSeen(data: LearnableRows, method: Method): SeenPart[] {
  const { query } = data.split;
  const parts = learnedRows(method, data).map(([as, rows]): SeenPart => {
    const isSeen = new Set(rows);
    return { what: "queries", as, count: query.filter(row => isSeen.has(row)).length, of: query.length };
  });
  return parts.filter(part => part.count > 0);
}

/** What the model of an experiment has seen and learned, to be noted with it. */
export function seenByExperiment(
  data: ExperimentData,
  method: Method,
): Pick<SeenByModel, "seen" | "classNames" | "learnedClasses"> {
  const { manifest, features, labels } = data.featureSet;
  const { dataset, contentHash, shape, shard, seen = [], classNames } = manifest;
  // Features of some of a dataset's rows have other row numbers: which items they are is not known then.
  const whole = shape[0] === features.shape[0];
  const origin = { items: { dataset, contentHash, rows: shape[0] }, from: shard?.rows[0] ?? 0 };
  const parts = learnedRows(method, data);
  const read = learnsClasses(method) ? parts[0][1] : undefined;
  return {
    seen: [...seen, ...parts.map(([as, rows]) => seenItems(as, rows, whole ? origin : undefined))],
    ...(classNames === undefined ? {} : { classNames, learnedClasses: learnedNames({ labels, classNames }, read) }),
  };
}

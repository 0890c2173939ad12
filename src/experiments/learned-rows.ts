import type { SeenAs } from "../features/seen-items.js";
import type { AnyOptions, FittedMethod, Method } from "../methods/method.js";
import type { ExperimentData } from "./experiment-data.js";

/** Which rows an experiment may learn from. */
export type LearnableRows = Pick<ExperimentData, "split" | "validation">;

/**
 * Rows that a method is fitted to. One that reads labels gets those that a training gets; one that does not, those held
 * out to watch a training with too, of which it learns no class.
 */
export function rowsOfFit(
  { learnsFrom = "features" }: Pick<FittedMethod<AnyOptions>, "learnsFrom">,
  { split, validation }: LearnableRows,
): Int32Array {
  const rows = { classes: validation?.train ?? split.train, features: split.train };
  return rows[learnsFrom];
}

/** Rows that a method learns from, and those that its training is watched with. */
export function learnedRows(method: Method, data: LearnableRows): [SeenAs, Int32Array][] {
  if (method.kind === "fitted") {
    const as = { classes: "trained", features: "fitted" } as const;
    return [[as[method.learnsFrom ?? "features"], rowsOfFit(method, data)]];
  }
  const { split, validation } = data;
  const watched: [SeenAs, Int32Array][] = validation === undefined ? [] : [["validated", validation.query]];
  return [["trained", validation?.train ?? split.train], ...watched];
}

/** Whether a method reads the labels of what it learns from. */
export function learnsClasses(method: Method): boolean {
  return method.kind === "trained" ? method.learnsFrom !== "features" : method.learnsFrom === "classes";
}

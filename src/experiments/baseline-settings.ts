import { classesOfRows } from "../datasets/query-classes.js";
import { itq } from "../methods/itq.js";
import { lsh } from "../methods/lsh.js";
import type { AnyOptions, FittedMethod, Method } from "../methods/method.js";
import { predictedClass } from "../methods/predicted-class.js";
import type { ExperimentData } from "./experiment-data.js";
import { learnedRows } from "./learned-rows.js";

/** Lengths and seeds of a table. */
export interface TableAxes {
  readonly bits: readonly number[];
  readonly seeds: readonly number[];
}

/** A method with its length and seed. */
export interface MethodSettings<M extends Method = Method> {
  readonly method: M;
  readonly bits: number;
  readonly seed: number;
}

/** The labelled rows that a table is of. */
type Rows = Pick<ExperimentData, "split" | "validation"> & {
  readonly featureSet: Pick<ExperimentData["featureSet"], "labels" | "features">;
};

/**
 * A method at each length with each seed. One whose bits follow from the classes has one length, and what draws nothing
 * needs one seed.
 */
export function settingsOf(data: Rows, method: Method, { bits, seeds }: TableAxes): MethodSettings[] {
  const own = method.kind === "fitted" ? method.bitsOf?.(classesToLearn(data)) : undefined;
  if (own !== undefined) return [{ method, bits: own, seed: seeds[0] }];
  return bits.flatMap(length => seeds.map(seed => ({ method, bits: length, seed })));
}

/**
 * What results are to be read against: the predicted class where it is defined, and unlearned codes of the same lengths
 * (of more bits than dimensions, LSH alone).
 */
export function baselineSettings(data: Rows, { bits, seeds }: TableAxes): MethodSettings<FittedMethod<AnyOptions>>[] {
  const trivial = trivialFault(data) === undefined ? settingsOf(data, predictedClass, { bits, seeds }) : [];
  const dim = data.featureSet.features.shape[1];
  const fitting = { bits: bits.filter(length => length <= dim), seeds };
  const all = [...trivial, ...settingsOf(data, lsh, { bits, seeds }), ...settingsOf(data, itq, fitting)];
  return all as MethodSettings<FittedMethod<AnyOptions>>[];
}

/** Classes of the rows that a method that reads labels learns from. */
export function classesToLearn(data: Rows): number {
  return classesOfRows(data.featureSet.labels, learnedRows(predictedClass, data)[0][1]).size;
}

/** Why there is no predicted class for this data, for people; undefined where there is one. */
export function trivialFault(data: Rows): string | undefined {
  const { labels } = data.featureSet;
  if (!(labels instanceof Int32Array)) {
    return "The predicted class, the trivial solution for one class an item, is not defined for items of several classes.";
  }
  if (classesToLearn(data) >= 2) return undefined;
  return "The train rows are of one class: a classifier has nothing to predict.";
}

import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { singleLabels } from "../core/labels.js";
import type { OptionsSchema } from "../core/options.js";
import { checkedOptions } from "../core/options.js";
import { Random } from "../core/random.js";
import type { FittedModel } from "../hashing/hash-model.js";
import type { AnyOptions, FittedMethod } from "../methods/method.js";
import { methodOptions } from "../methods/method-options.js";
import { fittedModel } from "../methods/model-file.js";
import { checkClasses } from "./check-classes.js";
import { denseLabels } from "./dense-labels.js";
import { checkedArrays } from "./method-arrays.js";
import { TRAINING_OPTIONS } from "./train-config.js";
import { checkFinite } from "./training-data.js";

/** What shapes a fit beside the method's own options. */
export interface FitOptions {
  readonly bits: number;
  readonly seed: number;
}

const { bits, seed } = TRAINING_OPTIONS;
const FIT_OPTIONS: OptionsSchema<FitOptions> = { bits, seed };

/** A fit as people ask for it. */
export interface FitSettings {
  readonly method: FittedMethod<AnyOptions>;
  /** Bits of the codes, 1..1024. */
  readonly bits: number;
  /** Default 0. */
  readonly seed?: number;
  /** The method's own. Default: its defaults. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A fitted model and what it was fitted with. */
export interface FittedResult {
  readonly model: FittedModel;
  readonly config: FitOptions & { readonly method: string; readonly options: Readonly<Record<string, unknown>> };
  readonly seconds: number;
}

/**
 * What a fit is asked for with, complete.
 * @param classes that it will learn. Default: not known yet, so bits that follow from them are not checked
 * @throws {InputError} for settings that a fit does not have or that are out of bounds
 */
export function fitConfig({ method, options = {}, ...rest }: FitSettings, classes?: number): FittedResult["config"] {
  const fit = checkedOptions<FitOptions>(FIT_OPTIONS, rest, { of: method.name });
  if (fit.bits === undefined) throw new InputError('the option "bits" is missing');
  const own = classes === undefined ? undefined : method.bitsOf?.(classes);
  if (own !== undefined && own !== fit.bits) {
    throw new InputError(`the bits of ${method.name} follow from the number of classes`, {
      expected: `${own} bits for ${classes} classes`,
      actual: `${fit.bits}`,
    });
  }
  return {
    method: method.name,
    ...fit,
    options: methodOptions(method, options),
  };
}

/**
 * Fits a method that has no loss: a head by `trainHead`, codes of LSH, PCAH, ITQ by this.
 * @param features of the rows it may look at, (n, dim)
 * @param settings method, bits, seed, options
 * @param options.labels of these rows, for a method that learns from classes. Default: there are none
 * @param options.engine Default: the best that is there
 * @throws {InputError} for settings that a fit does not have or that are out of bounds, for labels that it cannot learn
 *   from, and when the method gives no arrays
 */
export async function fitMethod(
  features: NdArray<Float32Array>,
  settings: FitSettings,
  options: { readonly labels?: Labels; readonly engine?: Engine } = {},
): Promise<FittedResult> {
  const { method } = settings;
  fitConfig(settings); // a wrong setting is told before labels are
  const learned = learnedLabels(method, features.shape[0], options.labels);
  const config = fitConfig(settings, learned.classes);
  const engine = options.engine ?? (await openEngine());
  const random = new Random(config.seed).stream(method.name);
  checkFinite(features);
  const started = performance.now();
  const context = { bits: config.bits, options: config.options, random, engine, ...learned };
  const arrays = await method.fit(features, context);
  const seconds = (performance.now() - started) / 1000;
  const fitted = checkedArrays(arrays, `what ${method.name} fits`);
  return { model: fittedModel(method, config.bits, features.shape[1], fitted), config, seconds };
}

/**
 * Class numbers of rows from 0, as a fit learns them.
 * @throws {InputError} when it learns from classes and there are no labels, several an item, one unknown, or one class
 */
function learnedLabels(
  { name, learnsFrom = "features" }: FittedMethod<AnyOptions>,
  rows: number,
  given: Labels | undefined,
): { readonly labels: Int32Array; readonly classes: number } {
  if (learnsFrom === "features") return { labels: new Int32Array(rows).fill(-1), classes: 0 };
  if (given === undefined) {
    throw new InputError(`${name} learns from classes`, { expected: "labels of the rows", actual: "none" });
  }
  const single = singleLabels(given, name);
  const unknown = single.findIndex(label => label < 0);
  if (single.length !== rows || unknown >= 0) {
    throw new InputError(`${name} learns from classes`, {
      expected: `a label of 0 and above for each of ${rows} rows`,
      actual: unknown >= 0 ? `${single[unknown]} in row ${unknown}` : `${single.length} labels`,
    });
  }
  const train = Int32Array.from(single.keys());
  checkClasses({ labels: single, train }, { name, learnsFrom });
  const { labels, classes } = denseLabels(single, train);
  return { labels: labels as Int32Array, classes };
}

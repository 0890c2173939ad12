import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { OptionsSchema } from "../core/options.js";
import { checkedOptions } from "../core/options.js";
import { Random } from "../core/random.js";
import type { FittedModel } from "../hashing/hash-model.js";
import type { AnyOptions, FittedMethod } from "../methods/method.js";
import { methodOptions } from "../methods/method-options.js";
import { fittedModel } from "../methods/model-file.js";
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
 * @throws {InputError} for settings that a fit does not have or that are out of bounds
 */
export function fitConfig({ method, options = {}, ...rest }: FitSettings): FittedResult["config"] {
  const fit = checkedOptions<FitOptions>(FIT_OPTIONS, rest, { of: method.name });
  if (fit.bits === undefined) throw new InputError('the option "bits" is missing');
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
 * @param options.engine Default: the best that is there
 * @throws {InputError} for settings that a fit does not have or that are out of bounds, and when the method gives no
 *   arrays
 */
export async function fitMethod(
  features: NdArray<Float32Array>,
  settings: FitSettings,
  options: { readonly engine?: Engine } = {},
): Promise<FittedResult> {
  const { method } = settings;
  const config = fitConfig(settings);
  const engine = options.engine ?? (await openEngine());
  const random = new Random(config.seed).stream(method.name);
  checkFinite(features);
  const started = performance.now();
  const arrays = await method.fit(features, { bits: config.bits, options: config.options, random, engine });
  const seconds = (performance.now() - started) / 1000;
  const fitted = checkedArrays(arrays, `what ${method.name} fits`);
  return { model: fittedModel(method, config.bits, features.shape[1], fitted), config, seconds };
}

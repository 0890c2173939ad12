import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import type { OptionsSchema } from "../core/options.js";
import { checkedOptions } from "../core/options.js";
import { Random } from "../core/random.js";
import type { FittedModel } from "../hashing/hash-model.js";
import type { AnyOptions, FittedMethod } from "../methods/method.js";
import { fittedModel } from "../methods/model-file.js";
import { checkedArrays } from "./method-arrays.js";
import { TRAINING_OPTIONS } from "./train-config.js";

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
 * Fits a method that has no loss.
 * @param features of the rows it may look at, (n, dim)
 * @param options.engine Default: the best that is there
 * @throws {InputError} for settings that a fit does not have or that are out of bounds, or when the method gives no arrays
 */
export async function fitMethod(
  features: NdArray<Float32Array>,
  { method, options: given = {}, ...rest }: FitSettings,
  options: { readonly engine?: Engine } = {},
): Promise<FittedResult> {
  const fit = checkedOptions<FitOptions>(FIT_OPTIONS, rest, { of: method.name });
  const own = checkedOptions<AnyOptions>(method.options, given, { of: method.name });
  const engine = options.engine ?? (await openEngine());
  const random = new Random(fit.seed).stream(method.name);
  const started = performance.now();
  const arrays = await method.fit(features, { bits: fit.bits, options: own, random, engine });
  const seconds = (performance.now() - started) / 1000;
  const model = fittedModel(method, fit.bits, features.shape[1], checkedArrays(arrays, `what ${method.name} fits`));
  return { model, config: { method: method.name, ...fit, options: own }, seconds };
}

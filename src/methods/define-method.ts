import type { AnySchema, OptionsFrom } from "../core/options.js";
import { checkMethod } from "./check-method.js";
import { METHOD_NAMES } from "./known-methods.js";
import type { FittedMethod, Method, TrainedMethod } from "./method.js";

/** The fields of a method with a loss that {@link TrainedDefinition} spells out. */
type LossParts = "name" | "loss" | "sharpness" | "constants" | "parameters";

/** A method of one's own with a loss: only `name` and `loss` must be there. */
export interface TrainedDefinition<S extends AnySchema>
  extends Partial<Omit<TrainedMethod<OptionsFrom<S>>, "kind" | "options" | LossParts>> {
  /** Small letters, digits and dashes; not the name of a known method. */
  readonly name: string;
  /** Properties of a JSON Schema: `{ margin: { type: "number", minimum: 0, default: 1 } }`. Default: no options. */
  readonly options?: S;
  /** The loss of one batch, a pure tfjs function: `(codes, batch, options) => scalar`, codes (batch, bits). */
  loss: TrainedMethod<OptionsFrom<S>>["loss"];
  /** β of tanh(β·z) at a step, above 0: `(at, options) => number`. Default 1 throughout. */
  sharpness?: TrainedMethod<OptionsFrom<S>>["sharpness"];
  /** Arrays that stay as they are, found in `batch.constants`: `(shape, options, random) => arrays`. Default: none. */
  constants?: TrainedMethod<OptionsFrom<S>>["constants"];
  /** First values of what is trained beside the head, found in `batch.parameters`; as for constants. Default: none. */
  parameters?: TrainedMethod<OptionsFrom<S>>["parameters"];
}

/** A method of one's own that is fitted: only `name`, `fit` and `encode` must be there. */
export interface FittedDefinition<S extends AnySchema>
  extends Partial<Omit<FittedMethod<OptionsFrom<S>>, "kind" | "name" | "fit" | "encode" | "options">> {
  /** As for {@link TrainedDefinition}. */
  readonly name: string;
  /** As for {@link TrainedDefinition}. */
  readonly options?: S;
  /** What `encode` needs, of train rows' features (n, dim): `(features, { bits, options, random, engine }) => arrays`. */
  fit: FittedMethod<OptionsFrom<S>>["fit"];
  /** A pure tfjs function: `(features, fitted) => (batch, bits)`, whose signs are the codes. */
  encode: FittedMethod<OptionsFrom<S>>["encode"];
}

/**
 * A method of one's own, to be given wherever a method's name is: a loss in a few lines, or a fit.
 *
 * ```ts
 * const margin = defineMethod({
 *   name: "margin",
 *   options: { margin: { type: "number", minimum: 0, default: 2 } },
 *   loss: (codes, { similar }, options) => …
 * });
 * ```
 * @throws {InputError} naming the field that is missing, unknown, of the wrong type or out of bounds
 */
export function defineMethod<const S extends AnySchema = Readonly<Record<never, never>>>(
  definition: TrainedDefinition<S>,
): TrainedMethod<OptionsFrom<S>>;
export function defineMethod<const S extends AnySchema = Readonly<Record<never, never>>>(
  definition: FittedDefinition<S>,
): FittedMethod<OptionsFrom<S>>;
export function defineMethod(definition: TrainedDefinition<AnySchema> | FittedDefinition<AnySchema>): Method {
  const kind = checkMethod(definition, METHOD_NAMES);
  const { name, options = {} } = definition;
  const base = { title: name, source: "a method of one's own", ...definition, options };
  return Object.freeze({ ...base, kind }) as unknown as Method;
}

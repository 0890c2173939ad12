import type { AnySchema, OptionsFrom } from "../core/options.js";
import { checkMethod } from "./check-method.js";
import { METHOD_NAMES } from "./known-methods.js";
import type { FittedMethod, Method, TrainedMethod } from "./method.js";

/** A method of one's own with a loss: only `name` and `loss` must be there. */
export interface TrainedDefinition<S extends AnySchema>
  extends Partial<Omit<TrainedMethod<OptionsFrom<S>>, "kind" | "name" | "loss" | "options">> {
  /** Small letters, digits and dashes; not the name of a known method. */
  readonly name: string;
  /** Properties of a JSON Schema: `{ margin: { type: "number", minimum: 0, default: 1 } }`. Default: no options. */
  readonly options?: S;
  loss: TrainedMethod<OptionsFrom<S>>["loss"];
}

/** A method of one's own that is fitted: only `name`, `fit` and `encode` must be there. */
export interface FittedDefinition<S extends AnySchema>
  extends Partial<Omit<FittedMethod<OptionsFrom<S>>, "kind" | "name" | "fit" | "encode" | "options">> {
  readonly name: string;
  readonly options?: S;
  fit: FittedMethod<OptionsFrom<S>>["fit"];
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

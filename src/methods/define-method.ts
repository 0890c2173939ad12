import { InputError } from "../core/errors.js";
import type { AnySchema, OptionsFrom } from "../core/options.js";
import { checkSchema } from "../core/options.js";
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

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const COLOUR = /^#[0-9A-Fa-f]{6}$/;

/** What a definition may have, and of what type. */
const FIELDS: Readonly<Record<string, string>> = {
  kind: "string",
  name: "string",
  title: "string",
  colour: "string",
  source: "string",
  options: "object",
  presets: "object",
  output: "string",
  activation: "string",
  normalise: "object",
  sharpness: "function",
  constants: "function",
  parameters: "function",
  loss: "function",
  fit: "function",
  encode: "function",
};

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
  checkFields(definition as unknown as Record<string, unknown>);
  const { name, options = {} } = definition;
  checkSchema(options, { of: name });
  const base = { title: name, source: "a method of one's own", ...definition, options };
  const kind = "loss" in definition ? "trained" : "fitted";
  return Object.freeze({ ...base, kind }) as unknown as Method;
}

function checkFields(definition: Record<string, unknown>): void {
  if (typeof definition !== "object" || definition === null) {
    throw new InputError("this is no method", { expected: "an object with name and loss", actual: String(definition) });
  }
  const { name, colour } = definition;
  const of = typeof name === "string" ? `the method "${name}"` : "the method";
  const fault = (message: string, expected: string, actual?: unknown): InputError =>
    new InputError(`${of}: ${message}`, { expected, actual: actual === undefined ? undefined : describeValue(actual) });
  if (typeof name !== "string" || !NAME.test(name)) {
    throw fault('"name" cannot be this', "small letters, digits and dashes, a letter first", name ?? "nothing");
  }
  if (METHOD_NAMES.includes(name))
    throw fault("this name is taken", `a name that is none of ${METHOD_NAMES.join(", ")}`);
  for (const [field, value] of Object.entries(definition)) {
    const type = FIELDS[field];
    if (type === undefined) throw fault(`there is no field "${field}"`, `one of ${Object.keys(FIELDS).join(", ")}`);
    if (value !== undefined && (typeof value !== type || value === null))
      throw fault(`"${field}" has the wrong type`, type, value);
  }
  const { loss, fit, encode, output = "codes", activation = "tanh" } = definition;
  if (loss === undefined && (fit === undefined || encode === undefined)) {
    throw fault("there is nothing to learn by", "a loss, or fit and encode");
  }
  if (loss !== undefined && (fit ?? encode) !== undefined)
    throw fault("two ways to learn", "a loss, or fit and encode");
  if (colour !== undefined && !COLOUR.test(colour as string)) throw fault('"colour" cannot be this', "#RRGGBB", colour);
  for (const [field, value, words] of [
    ["output", output, ["codes", "embedding"]],
    ["activation", activation, ["tanh", "none"]],
  ] as const) {
    if (!(words as readonly unknown[]).includes(value))
      throw fault(`"${field}" cannot be this`, words.join(" or "), value);
  }
}

function describeValue(value: unknown): string {
  return (typeof value === "function" ? "a function" : (JSON.stringify(value) ?? String(value))).slice(0, 200);
}

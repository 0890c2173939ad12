import { checkSchema } from "../core/check-schema.js";
import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { AnySchema, OptionsSchema } from "../core/options.js";
import { checkedOptions } from "../core/options.js";
import { isPlainObject, shownValue } from "../core/shown-value.js";
import type { Method } from "./method.js";

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
/** Configs hold a method's options under its name, beside these: the options of every training. */
export const RESERVED_NAMES: readonly string[] = [
  ...["method", "options", "constructor", "bits", "hidden", "dropout", "epochs", "batch", "batches", "schedule"],
  ...["optimizer", "patience", "keep", "unlabelled", "seed"],
];

/** Whether a field's value is right, and what it must be. */
type Field = readonly [right: (value: unknown) => boolean, expected: string];

const TEXT: Field = [value => typeof value === "string" && value !== "", "a text"];
const FUNCTION: Field = [value => typeof value === "function", "a function"];
const OBJECT: Field = [isPlainObject, "an object"];
const oneOf = (...words: string[]): Field => [value => words.includes(value as string), words.join(" or ")];

const OF_ALL: Readonly<Record<string, Field>> = {
  kind: oneOf("trained", "fitted"),
  name: [
    value => typeof value === "string" && NAME.test(value) && !RESERVED_NAMES.includes(value),
    `small letters, digits and dashes, a letter first; none of ${RESERVED_NAMES.join(", ")}`,
  ],
  title: TEXT,
  colour: [value => typeof value === "string" && /^#[0-9A-Fa-f]{6}$/.test(value), "#RRGGBB"],
  source: TEXT,
  options: OBJECT,
  conflict: FUNCTION,
  presets: OBJECT,
  output: oneOf("codes", "embedding"),
};

/** What a method of each kind may have. */
const FIELDS: Readonly<Record<Method["kind"], Readonly<Record<string, Field>>>> = {
  trained: {
    ...OF_ALL,
    loss: FUNCTION,
    learnsFrom: oneOf("pairs", "classes", "features"),
    activation: oneOf("tanh", "none"),
    normalise: [
      value => isPlainObject(value) && typeof value.state === "function" && typeof value.apply === "function",
      "an object with functions state and apply",
    ],
    sharpness: FUNCTION,
    constants: FUNCTION,
    parameters: FUNCTION,
  },
  fitted: {
    ...OF_ALL,
    fit: FUNCTION,
    encode: FUNCTION,
    learnsFrom: oneOf("features", "classes"),
    bitsOf: FUNCTION,
  },
};

/**
 * Checks what is given as a method: by one's own code, so that nothing of it may pass unseen.
 * @param taken names that it may not have
 * @returns its kind, by what it has
 * @throws {InputError} naming the field that is missing, unknown, of the wrong type or out of bounds
 */
export function checkMethod(definition: unknown, taken: readonly string[]): Method["kind"] {
  if (!isPlainObject(definition)) {
    throw new InputError("this is no method", {
      expected: "the name of one, or an object with name and loss, see defineMethod",
      actual: shownValue(definition),
    });
  }
  const { name, options = {}, presets = {} } = definition;
  const of = typeof name === "string" ? `the method "${name}"` : "the method";
  const fault = (message: string, expected: string, actual?: string): InputError =>
    new InputError(`${of}: ${message}`, { expected, actual });
  if (name === undefined) throw fault('"name" is missing', OF_ALL.name[1]);
  if (taken.includes(name as string)) throw fault("this name is taken", `a name that is none of ${taken.join(", ")}`);
  const kind = kindOf(definition);
  if (kind === undefined) throw fault("there is no one way to learn", "a loss, or fit and encode");
  if (definition.kind !== undefined && definition.kind !== kind)
    throw fault('"kind" cannot be this', `"${kind}", by what it has`, shownValue(definition.kind));
  const fields = FIELDS[kind];
  const inherited = Object.keys(fields).find(
    field => definition[field] !== undefined && !Object.hasOwn(definition, field),
  );
  if (inherited !== undefined) throw fault(`"${inherited}" is not its own`, "a plain object, no instance of a class");
  for (const [field, value] of Object.entries(definition)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(fields, field)) {
      throw fault(`what is ${kind} has no field "${field}"`, knownNames(field, Object.keys(fields)));
    }
    const [right, expected] = fields[field];
    if (!right(value)) throw fault(`"${field}" cannot be this`, expected, shownValue(value));
  }
  checkSchema(options as AnySchema, { of: name as string });
  for (const [preset, value] of Object.entries(presets as Readonly<Record<string, unknown>>)) {
    const { source, settings } = isPlainObject(value) ? value : {};
    const isWhole = typeof source === "string" && isPlainObject(settings);
    if (!isWhole)
      throw fault(`the preset "${preset}" cannot be this`, "{ source: text, settings: object }", shownValue(value));
    checkedOptions(options as OptionsSchema<object>, settings.options ?? {}, { of: `${name}.presets.${preset}` });
  }
  return kind;
}

function kindOf({ loss, fit, encode }: Readonly<Record<string, unknown>>): Method["kind"] | undefined {
  if (loss !== undefined) return fit === undefined && encode === undefined ? "trained" : undefined;
  return fit !== undefined && encode !== undefined ? "fitted" : undefined;
}

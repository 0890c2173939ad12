// Options declared once, as the properties of a JSON Schema (draft 2020-12 vocabulary): plain data, so that a method in a
// cell or in a file of its own needs no import to declare them. Types, defaults, bounds, messages and help come from it.
import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import { InputError } from "./errors.js";
import { knownNames } from "./nearest-name.js";
import { isPlainObject, shownValue } from "./shown-value.js";

/** A number between bounds; `exclusive…` leaves the bound itself out. */
export interface NumberOption {
  readonly type: "number" | "integer";
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: number;
  /** What it is, with its unit; for help. */
  readonly description?: string;
}

/** One of some words. */
export interface ChoiceOption<T extends string = string> {
  readonly enum: readonly T[];
  readonly default?: T;
  readonly description?: string;
}

/** Yes or no. */
export interface SwitchOption {
  readonly type: "boolean";
  readonly default?: boolean;
  readonly description?: string;
}

/** A list of numbers. */
export interface ListOption {
  readonly type: "array";
  readonly items: NumberOption;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: readonly number[];
  readonly description?: string;
}

/** Options that belong together; a default of {} takes the defaults inside. */
// biome-ignore lint/suspicious/noExplicitAny: a group of any options
export interface GroupOption<O = any> {
  readonly type: "object";
  readonly properties: OptionsSchema<O>;
  readonly required?: readonly string[];
  readonly default?: Readonly<Record<string, unknown>>;
  readonly description?: string;
}

/** Any one option. */
export type AnyOption = NumberOption | ChoiceOption | SwitchOption | ListOption | GroupOption;

/** The declaration that fits a type. */
export type OptionOf<T> = [T] extends [boolean]
  ? SwitchOption
  : [T] extends [number]
    ? NumberOption
    : [T] extends [string]
      ? ChoiceOption<T>
      : [T] extends [readonly number[]]
        ? ListOption
        : GroupOption<T>;

/** Every option of a type, declared; of `any`, anything declared. */
export type OptionsSchema<O> = 0 extends 1 & O ? AnySchema : { readonly [K in keyof O]-?: OptionOf<NonNullable<O[K]>> };

/** A declaration whose type is not known: what a method of one's own gives. */
export type AnySchema = Readonly<Record<string, AnyOption>>;

/** The type of one declared option. */
export type ValueOf<S> = S extends { readonly enum: readonly (infer T)[] }
  ? T
  : S extends { readonly type: "boolean" }
    ? boolean
    : S extends { readonly type: "array" }
      ? readonly number[]
      : S extends { readonly type: "object"; readonly properties: infer P }
        ? OptionsFrom<P>
        : number;

/** The type that a declaration gives its options. */
export type OptionsFrom<S> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** Where options come from, for messages. */
export interface OptionsOrigin {
  /** What they are options of, for example "dch"; stands before each name. Default: nothing. */
  readonly of?: string;
  /** The file they were read from. Default: none is named. */
  readonly file?: string;
}

/** Declarations that were compiled before: compiling one takes far longer than a check, and a study checks thousands. */
const COMPILED = new WeakMap<AnySchema, ValidateFunction>();

function compile(schema: AnySchema): ValidateFunction {
  const known = COMPILED.get(schema);
  if (known !== undefined) return known;
  const ajv = new Ajv({ useDefaults: true, strictSchema: true, strictNumbers: true, verbose: true });
  const compiled = ajv.compile({ type: "object", additionalProperties: false, ...closeSchema(schema) });
  COMPILED.set(schema, compiled);
  return compiled;
}

/** Groups are closed too: no unknown names in them. */
function closeSchema(schema: AnySchema): { properties: Record<string, unknown> } {
  const shut = (option: AnyOption): unknown =>
    isGroup(option)
      ? { ...option, additionalProperties: false, ...closeSchema(option.properties as AnySchema) }
      : "enum" in option
        ? { type: "string", ...option }
        : option;
  return { properties: Object.fromEntries(Object.entries(schema).map(([name, option]) => [name, shut(option)])) };
}

/**
 * Options as they were given, checked, with defaults for those that were not.
 * @param given a plain object; not changed. Names with the value undefined count as not given
 * @throws {InputError} naming the option, its value, its bounds; for an unknown name the nearest known one
 */
export function checkedOptions<O>(schema: OptionsSchema<O>, given: unknown, origin: OptionsOrigin = {}): O {
  const { file, of } = origin;
  if (!isPlainObject(given)) {
    const expected = "an object of settings";
    throw new InputError(`these are no options${of === undefined ? "" : ` of ${of}`}`, {
      file,
      expected,
      actual: shownValue(given),
    });
  }
  const options = copyOptions(given, schema as unknown as AnySchema, of === undefined ? [] : [of], origin);
  const check = compile(schema as unknown as AnySchema);
  if (check(options)) return options as O;
  throw faultOf(check.errors![0], origin);
}

/**
 * The defaults of a declaration; options without one are left out.
 * @throws {InputError} when the declaration itself is wrong, or a default out of its own bounds
 */
export function defaultsOf<O>(schema: OptionsSchema<O>): O {
  return checkedOptions<O>(schema, {});
}

/** A copy, as deep as groups go, without names whose value is undefined: it takes the defaults. */
function copyOptions(
  given: Readonly<Record<string, unknown>>,
  schema: AnySchema,
  path: readonly string[],
  origin: OptionsOrigin,
): Record<string, unknown> {
  const copy = (name: string, value: unknown): unknown => {
    const option = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (Array.isArray(value)) return [...value];
    if (option === undefined || !isGroup(option)) return value;
    if (!isPlainObject(value)) throw wrongValue([...path, name], option, value, origin);
    return copyOptions(value, option.properties as AnySchema, [...path, name], origin);
  };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, copy(name, value)]));
}

function isGroup(option: AnyOption): option is GroupOption {
  return "type" in option && option.type === "object";
}

function faultOf(error: ErrorObject, { of, file }: OptionsOrigin): InputError {
  const path = [...(of === undefined ? [] : [of]), ...error.instancePath.split("/").slice(1)];
  if (error.keyword === "additionalProperties") {
    const wrong = String((error.params as { additionalProperty: string }).additionalProperty);
    const known = Object.keys((error.parentSchema as { properties: object }).properties);
    const place = path.length === 0 ? "" : `${path.join(".")}.`;
    return new InputError(`there is no option "${place}${wrong}"`, { file, expected: knownNames(wrong, known) });
  }
  if (error.keyword === "required") {
    const missing = String((error.params as { missingProperty: string }).missingProperty);
    return new InputError(`the option "${[...path, missing].join(".")}" is missing`, { file });
  }
  return wrongValue(path, error.parentSchema as AnyOption, error.data, { file });
}

function wrongValue(path: readonly string[], option: AnyOption, value: unknown, { file }: OptionsOrigin): InputError {
  return new InputError(`the option "${path.join(".")}" cannot be this`, {
    file,
    expected: boundsOf(option),
    actual: shownValue(value),
  });
}

/** What an option may be, in words: `a number above 0 and at most 1`, `one of "mean", "sum"`. */
export function boundsOf(option: AnyOption): string {
  if ("enum" in option) return `one of ${option.enum.map(word => JSON.stringify(word)).join(", ")}`;
  switch (option.type) {
    case "boolean":
      return "true or false";
    case "array": {
      const { minItems, maxItems, items } = option;
      const limits = limitsOf({ minimum: minItems, maximum: maxItems });
      return `a list${limits === "" ? "" : ` of ${limits}`}, each ${boundsOf(items)}`;
    }
    case "object":
      return `an object of ${Object.keys(option.properties).join(", ")}`;
    case "number":
      return withLimits("a number", option);
    case "integer":
      return withLimits("a whole number", option);
  }
}

/** `a number of at least 0`, `a number above 0`, `a number`. */
function withLimits(kind: string, option: NumberOption): string {
  const limits = limitsOf(option);
  return limits === "" ? kind : `${kind} ${limits.startsWith("at ") ? "of " : ""}${limits}`;
}

function limitsOf(bounds: Pick<NumberOption, "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum">): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = bounds;
  const limits = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`]),
  ];
  return limits.join(" and ");
}

/** Lines for help: `  gamma    a number above 0; default 20: scale of the Cauchy distribution`. */
export function optionLines(schema: AnySchema, indent: string = "  "): string[] {
  const width = Math.max(...Object.keys(schema).map(name => name.length), 0);
  return Object.entries(schema).flatMap(([name, option]) => {
    const group = isGroup(option) ? option : undefined;
    const fallback = option.default === undefined || group ? "" : `; default ${shownValue(option.default)}`;
    const what = option.description === undefined ? "" : `: ${option.description}`;
    const line = `${indent}${name.padEnd(width)}  ${group ? "a group" : boundsOf(option)}${fallback}${what}`;
    return group ? [line, ...optionLines(group.properties as AnySchema, `${indent}  `)] : [line];
  });
}

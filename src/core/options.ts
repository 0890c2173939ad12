// Options declared once, as the properties of a JSON Schema (draft 2020-12 vocabulary): plain data, so that a method in a
// cell or in a file of its own needs no import to declare them. Types, defaults, bounds, messages and help come from it.
import type { ErrorObject } from "ajv";
import { Ajv } from "ajv";
import { InputError } from "./errors.js";
import { knownNames } from "./nearest-name.js";

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

function validator(
  schema: AnySchema,
  useDefaults: boolean,
): { check: (value: unknown) => boolean; errors: () => ErrorObject[] } {
  // strictSchema: a misspelt bound (`exclusivMinimum`) is an error of the declaration, not a bound that never holds.
  const ajv = new Ajv({ useDefaults, strictSchema: true, strictNumbers: true, verbose: true });
  const check = ajv.compile({ type: "object", additionalProperties: false, ...closeSchema(schema) });
  return { check: value => check(value) as boolean, errors: () => check.errors ?? [] };
}

/** Groups are closed too: no unknown names in them. */
function closeSchema(schema: AnySchema): { properties: Record<string, unknown> } {
  const shut = (option: AnyOption): unknown =>
    "type" in option && option.type === "object"
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
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const expected = "an object of settings";
    throw new InputError(`these are no options${of === undefined ? "" : ` of ${of}`}`, {
      file,
      expected,
      actual: valueText(given),
    });
  }
  const options = deepCopy(given);
  const { check, errors } = validator(schema as unknown as AnySchema, true);
  if (check(options)) return options as O;
  throw faultOf(errors()[0], origin);
}

/**
 * The defaults of a declaration; options without one are left out.
 * @throws {InputError} when the declaration itself is wrong, or a default out of its own bounds
 */
export function defaultsOf<O>(schema: OptionsSchema<O>): O {
  return checkedOptions<O>(schema, {});
}

/** Checks a declaration: known keywords, and defaults within their bounds. @throws {InputError} saying what is wrong */
export function checkSchema(schema: AnySchema, origin: OptionsOrigin = {}): void {
  try {
    checkedOptions(schema as OptionsSchema<Record<string, unknown>>, {}, origin);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`the options${origin.of === undefined ? "" : ` of ${origin.of}`} are declared wrongly`, {
      file: origin.file,
      expected: 'for each name {"type": "number", "minimum": …, "default": …}, {"enum": […]} or {"type": "boolean"}',
      actual: (cause as Error).message,
      cause,
    });
  }
}

/** A deep copy of plain values, without names whose value is undefined. */
function deepCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deepCopy);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.map(([name, one]) => [name, deepCopy(one)]));
}

function faultOf(error: ErrorObject, { of, file }: OptionsOrigin): InputError {
  const path = [of, ...error.instancePath.split("/").slice(1)].filter(part => part !== undefined && part !== "");
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
  // A wrong element of a list is a fault of the list.
  const option = error.parentSchema as AnyOption;
  return new InputError(`the option "${path.join(".")}" cannot be this`, {
    file,
    expected: boundsOf(option),
    actual: valueText(error.data),
  });
}

/** What an option may be, in words: `a number above 0 and at most 1`, `one of "mean", "sum"`. */
export function boundsOf(option: AnyOption): string {
  if ("enum" in option) return `one of ${option.enum.map(word => JSON.stringify(word)).join(", ")}`;
  switch (option.type) {
    case "boolean":
      return "true or false";
    case "array":
      return `a list, each ${boundsOf(option.items)}`;
    case "object":
      return `an object of ${Object.keys(option.properties).join(", ")}`;
    case "number":
    case "integer": {
      const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = option;
      const limits = [
        ...(minimum === undefined ? [] : [`at least ${minimum}`]),
        ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
        ...(maximum === undefined ? [] : [`at most ${maximum}`]),
        ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`]),
      ];
      const kind = option.type === "integer" ? "a whole number" : "a number";
      return limits.length === 0 ? kind : `${kind} ${limits.join(" and ")}`;
    }
  }
}

function valueText(value: unknown): string {
  if (typeof value === "number" || value === undefined) return String(value);
  return (JSON.stringify(value) ?? String(value)).slice(0, 200);
}

/** Lines for help: `  gamma    a number above 0; default 20: scale of the Cauchy distribution`. */
export function optionLines(schema: AnySchema, indent: string = "  "): string[] {
  const width = Math.max(...Object.keys(schema).map(name => name.length), 0);
  return Object.entries(schema).flatMap(([name, option]) => {
    const isGroup = "type" in option && option.type === "object";
    const fallback = option.default === undefined || isGroup ? "" : `; default ${valueText(option.default)}`;
    const what = option.description === undefined ? "" : `: ${option.description}`;
    const line = `${indent}${name.padEnd(width)}  ${isGroup ? "a group" : boundsOf(option)}${fallback}${what}`;
    return isGroup ? [line, ...optionLines(option.properties as AnySchema, `${indent}  `)] : [line];
  });
}

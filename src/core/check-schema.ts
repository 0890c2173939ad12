// Whether options are declared as options.ts says: by whoever defines a method, in a cell too.
import { InputError } from "./errors.js";
import { knownNames } from "./nearest-name.js";
import type { AnySchema, OptionsOrigin, OptionsSchema } from "./options.js";
import { checkedOptions } from "./options.js";
import { isPlainObject, shownValue } from "./shown-value.js";

/** Whether a keyword's value is right, and what it must be. */
type Keyword = readonly [right: (value: unknown) => boolean, expected: string];

const FINITE: Keyword = [Number.isFinite, "a finite number"];
const COUNT: Keyword = [value => Number.isInteger(value) && (value as number) >= 0, "a whole number of at least 0"];
const WORDS: Keyword = [
  value =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(one => typeof one === "string") &&
    new Set(value).size === value.length,
  "a list of different words",
];
const TEXT: Keyword = [value => typeof value === "string", "a text"];
/** Whether a default is right is seen when it is checked as any value is. */
const ANYTHING: Keyword = [() => true, "anything"];
const ALWAYS = { description: TEXT, default: ANYTHING, type: ANYTHING };
const BOUNDS = { minimum: FINITE, maximum: FINITE, exclusiveMinimum: FINITE, exclusiveMaximum: FINITE };

/** The keywords of each type of option; `enum` is that of options without a type. */
const KEYWORDS: Readonly<Record<string, Readonly<Record<string, Keyword>>>> = {
  number: { ...ALWAYS, ...BOUNDS },
  integer: { ...ALWAYS, ...BOUNDS },
  boolean: ALWAYS,
  array: { ...ALWAYS, items: [isPlainObject, "the declaration of a number"], minItems: COUNT, maxItems: COUNT },
  object: { ...ALWAYS, properties: [isPlainObject, "an object of declarations"], required: WORDS },
};
const OF_CHOICE: Readonly<Record<string, Keyword>> = { ...ALWAYS, enum: WORDS };

/**
 * Checks a declaration: known keywords, and defaults within their bounds.
 * @throws {InputError} saying of which option what is wrong
 */
export function checkSchema(schema: AnySchema, origin: OptionsOrigin = {}): void {
  checkDeclarations(schema, origin.of === undefined ? [] : [origin.of], origin);
  checkedOptions(schema as OptionsSchema<Record<string, unknown>>, {}, origin);
}

function checkDeclarations(schema: unknown, path: readonly string[], origin: OptionsOrigin): void {
  if (!isPlainObject(schema)) throw wrongDeclaration(path, origin, "an object of declarations", shownValue(schema));
  for (const [name, option] of Object.entries(schema)) checkDeclaration(option, [...path, name], origin);
}

function checkDeclaration(option: unknown, path: readonly string[], origin: OptionsOrigin): void {
  const forms = 'an object with "enum", or with "type": "number", "integer", "boolean", "array" or "object"';
  if (!isPlainObject(option)) throw wrongDeclaration(path, origin, forms, shownValue(option));
  const { type } = option;
  const isChoice = "enum" in option && (type === undefined || type === "string");
  const keywords = isChoice ? OF_CHOICE : Object.hasOwn(KEYWORDS, String(type)) ? KEYWORDS[String(type)] : undefined;
  if (keywords === undefined) throw wrongDeclaration(path, origin, forms, shownValue(option));
  for (const [keyword, value] of Object.entries(option)) {
    if (!Object.hasOwn(keywords, keyword)) {
      throw wrongDeclaration(path, origin, knownNames(keyword, Object.keys(keywords)), `"${keyword}"`);
    }
    const [right, expected] = keywords[keyword];
    if (!right(value)) throw wrongDeclaration(path, origin, `"${keyword}" to be ${expected}`, shownValue(value));
  }
  checkBounds(option, path, origin);
  if (type === "object") {
    checkDeclarations(option.properties, path, origin);
    checkedOptions(option.properties as OptionsSchema<object>, {}, { ...origin, of: path.join(".") });
  }
  if (type === "array") {
    checkDeclaration(option.items, [...path, "items"], origin);
    const { items } = option as { items: { type?: unknown } };
    if (items.type === "number" || items.type === "integer") return;
    throw wrongDeclaration(path, origin, '"items" to be the declaration of a number', shownValue(items));
  }
}

/** Refuses bounds that no value is within. */
function checkBounds(option: Readonly<Record<string, unknown>>, path: readonly string[], origin: OptionsOrigin): void {
  const boundsIn = (names: readonly string[]): number[] =>
    names.flatMap(name => (option[name] as number | undefined) ?? []);
  const least = Math.max(...boundsIn(["minimum", "exclusiveMinimum", "minItems"]));
  const most = Math.min(...boundsIn(["maximum", "exclusiveMaximum", "maxItems"]));
  const isOpen = least === option.exclusiveMinimum || most === option.exclusiveMaximum;
  if (least < most || (least === most && !isOpen)) return;
  throw wrongDeclaration(path, origin, "a lower bound below the upper one", `${least} and ${most}`);
}

function wrongDeclaration(
  path: readonly string[],
  { file }: OptionsOrigin,
  expected: string,
  actual: string,
): InputError {
  return new InputError(`the option "${path.join(".")}" is declared wrongly`, { file, expected, actual });
}

import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import type { JsonSchema } from "./json-schema.js";
import { shownValue } from "./shown-value.js";

/** The first thing that is wrong with a document, in the words of an `InputError`. */
export interface SchemaFault {
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** Schemas that were compiled before: compiling one takes far longer than a check, and a study has hundreds of files. */
const COMPILED = new WeakMap<JsonSchema, ValidateFunction>();

/**
 * Holds a document against a JSON Schema.
 * @returns the first fault, naming the field; undefined when there is none. A schema's `description`, in words that
 *   follow "expected", comes before what its keywords say
 */
export function schemaFault(document: unknown, schema: JsonSchema): SchemaFault | undefined {
  const check = compile(schema);
  if (check(document)) return undefined;
  // "anyOf" comes after the faults of all its branches, "if" after the one that matters.
  const error = check.errors!.filter(({ keyword }) => keyword !== "if").at(-1)!;
  const place = placeOf(error.instancePath);
  if (error.keyword === "required") {
    const missing = (error.params as { missingProperty: string }).missingProperty;
    return { message: `"${place === "" ? missing : `${place}.${missing}`}" is missing` };
  }
  return {
    message: place === "" ? "this document is wrong" : `"${place}" cannot be this`,
    expected: expectedBy(error),
    actual: shownValue(error.data),
  };
}

function compile(schema: JsonSchema): ValidateFunction {
  const known = COMPILED.get(schema);
  if (known !== undefined) return known;
  const ajv = new Ajv({
    strictSchema: true,
    strictTypes: true,
    strictNumbers: true,
    allowUnionTypes: true,
    verbose: true,
  });
  const check = ajv.compile(schema);
  COMPILED.set(schema, check);
  return check;
}

/** `items[3].label` of the JSON pointer `/items/3/label`. */
function placeOf(pointer: string): string {
  const names = pointer.split("/").slice(1);
  const plain = names.map(name => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return plain.reduce((path, name) => {
    if (/^\d+$/.test(name)) return `${path}[${name}]`;
    return path === "" ? name : `${path}.${name}`;
  }, "");
}

/** JSON Schema's names of types, in words. */
const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null",
};

/** Keywords that bound, in words before their value. */
const BOUNDS: readonly (readonly [keyword: string, words: string])[] = [
  ["minimum", "at least"],
  ["exclusiveMinimum", "above"],
  ["maximum", "at most"],
  ["exclusiveMaximum", "below"],
  ["minItems", "at least"],
  ["maxItems", "at most"],
];

/** What stands in a schema about a value, in words. */
function expectedBy({ parentSchema = {} }: ErrorObject): string {
  const { description, enum: words, type } = parentSchema as Readonly<Record<string, unknown>>;
  if (typeof description === "string") return description;
  if (Array.isArray(words)) return `one of ${words.map(word => JSON.stringify(word)).join(", ")}`;
  if (type === undefined) return JSON.stringify(parentSchema);
  const kinds = [type].flat().map(one => TYPES[String(one)]);
  const bounds = BOUNDS.filter(([keyword]) => keyword in parentSchema);
  const limits = bounds.map(([keyword, before]) => `${before} ${(parentSchema as Record<string, unknown>)[keyword]}`);
  const [first = ""] = limits;
  const joint = first === "" ? "" : first.startsWith("at ") ? " of " : " ";
  return `${kinds.join(" or ")}${joint}${limits.join(" and ")}`;
}

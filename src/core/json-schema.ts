// What JSON files are declared with: JSON Schema (draft 07 vocabulary, as ajv reads it) as plain values.

/** A JSON Schema. Its `description` is said where a value breaks it, after "expected". */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const TEXT: JsonSchema = { type: "string" };
export const NUMBER: JsonSchema = { type: "number" };
export const YES_OR_NO: JsonSchema = { type: "boolean" };
/** A whole number of at least 0. */
export const COUNT: JsonSchema = { type: "integer", minimum: 0 };

/** A list whose items all follow one schema. @param bounds of their number */
export function listOf(items: JsonSchema, bounds: { minItems?: number; maxItems?: number } = {}): JsonSchema {
  return { type: "array", items, ...bounds };
}

/** An object with some fields that must be there and some that may. Fields of other names are let through. */
export function objectOf(
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return { type: "object", required: Object.keys(required), properties: { ...required, ...optional } };
}

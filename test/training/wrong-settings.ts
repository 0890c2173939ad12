// Wrong settings, generated from the declarations of the options themselves.
import fc from "fast-check";
import type { AnyOption, AnySchema, NumberOption } from "../../src/core/options.js";
import { METHOD_NAMES } from "../../src/methods/known-methods.js";
import type { Method } from "../../src/methods/method.js";
import { TRAINING_OPTIONS } from "../../src/training/train-config.js";

/** A declared option with the names that lead to it. */
export interface DeclaredOption {
  readonly path: readonly string[];
  readonly option: AnyOption;
}

/** A setting that must be refused, and what the refusal must say. */
export interface WrongSetting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Pieces of the message: the value, its bounds, or the nearest known name. */
  readonly says: readonly string[];
}

/** Names that every object of JavaScript has, or seems to have. */
export const PROTOTYPE_NAMES: readonly string[] = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

/** All options of a declaration, those in groups too. */
export function declaredOptions(schema: AnySchema, path: readonly string[] = []): DeclaredOption[] {
  return Object.entries(schema).flatMap(([name, option]) => {
    const inside = "type" in option && option.type === "object" ? (option.properties as AnySchema) : {};
    return [{ path: [...path, name], option }, ...declaredOptions(inside, [...path, name])];
  });
}

/** What a training with a method may be given, the method's own options under its name. */
export function optionsOf(method: Method): DeclaredOption[] {
  return [...declaredOptions(TRAINING_OPTIONS), ...declaredOptions(method.options, [method.name])];
}

/** Values that an option must refuse. */
export function wrongValues({ path, option }: DeclaredOption): fc.Arbitrary<WrongSetting> {
  const wrong = (values: fc.Arbitrary<unknown>, ...says: string[]): fc.Arbitrary<WrongSetting> =>
    values.map(value => ({ path, value, says: [...says, valueAsSaid(value)] }));
  if ("enum" in option) {
    const known = option.enum as readonly string[];
    const near = fc
      .constantFrom(...known)
      .chain(word => fc.constantFrom(`${word}x`, word.toUpperCase(), ` ${word}`, ""));
    const words = fc.oneof(near, fc.constantFrom(...PROTOTYPE_NAMES), fc.string({ maxLength: 30 }));
    const unknown = words.filter(word => !known.includes(word));
    return wrong(fc.oneof(unknown, fc.constantFrom(0, null, true, [known[0]])), ...known.map(word => `"${word}"`));
  }
  switch (option.type) {
    case "boolean":
      return wrong(fc.constantFrom("true", "yes", 0, 1, null, [true]), "true or false");
    case "number":
    case "integer": {
      const kind = option.type === "integer" ? "a whole number" : "a number";
      const types = wrong(fc.constantFrom("much", null, true, [1], { value: 1 }), kind);
      return fc.oneof(
        types,
        wrong(notFinite, kind),
        ...outside(option).map(({ values, bound }) => wrong(values, kind, bound)),
      );
    }
    case "array":
      return fc.oneof(
        wrong(fc.constantFrom(5, "5", null, { 0: 5 }), "a list"),
        // one wrong element; it is what the message shows
        fc.oneof(...outside(option.items).map(({ values }) => values)).map(value => ({
          path,
          value: [8, value],
          says: [valueAsSaid(value), "a whole number"],
        })),
        ...(option.maxItems === undefined
          ? []
          : [fc.constant({ path, value: Array(option.maxItems + 1).fill(8), says: [`at most ${option.maxItems}`] })]),
      );
    case "object": {
      const inside = Object.keys(option.properties);
      return fc.oneof(
        wrong(fc.constantFrom(5, "sgd", null, [1], true), ...inside),
        wrongNames(inside).map(({ name, says }) => ({ path: [...path, name], value: 1, says })),
      );
    }
  }
}

const notFinite = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

/** Values outside each bound, the nearest ones among them, and the bound as messages say it. */
function outside(option: NumberOption): { values: fc.Arbitrary<unknown>; bound: string }[] {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = option;
  const least = type === "integer" ? 1 : 1e-9;
  const below = (bound: number, itself: boolean): fc.Arbitrary<unknown> =>
    fc.oneof(
      fc.constant(itself ? bound : bound - least),
      fc.integer({ min: 1, max: 1e6 }).map(by => bound - by),
    );
  const above = (bound: number, itself: boolean): fc.Arbitrary<unknown> =>
    fc.oneof(
      fc.constant(itself ? bound : bound + least),
      fc.integer({ min: 1, max: 1e6 }).map(by => bound + by),
    );
  return [
    ...(minimum === undefined ? [] : [{ values: below(minimum, false), bound: `at least ${minimum}` }]),
    ...(exclusiveMinimum === undefined
      ? []
      : [{ values: below(exclusiveMinimum, true), bound: `above ${exclusiveMinimum}` }]),
    ...(maximum === undefined ? [] : [{ values: above(maximum, false), bound: `at most ${maximum}` }]),
    ...(exclusiveMaximum === undefined
      ? []
      : [{ values: above(exclusiveMaximum, true), bound: `below ${exclusiveMaximum}` }]),
    ...(type === "integer" ? [{ values: fc.constantFrom(2.5, 8.000001), bound: "a whole number" }] : []),
  ];
}

/** Names that are none of the known ones, near and far, with what the message must say of the known. */
export function wrongNames(known: readonly string[]): fc.Arbitrary<{ name: string; says: string[] }> {
  const far = fc.constantFrom(...PROTOTYPE_NAMES, "zzzzzzzzzzzzzzz").map(name => ({ name, says: [...known] }));
  if (known.length === 0) return far.map(({ name }) => ({ name, says: ["none"] }));
  const near = fc
    .constantFrom(...known)
    .chain(name =>
      fc
        .constantFrom(`${name}s`, `${name[0]}${name}`, name.toUpperCase())
        .map(wrong => ({ name: wrong, says: [`"${name}"`] })),
    );
  return fc.oneof(near, far).filter(({ name }) => !known.includes(name));
}

/** Names that are no method's: of other cases, with blanks, one letter off, of every object. */
export const wrongMethods: fc.Arbitrary<string> = fc
  .oneof(
    fc
      .constantFrom(...METHOD_NAMES)
      .chain(name =>
        fc.constantFrom(name.toUpperCase(), `${name} `, ` ${name}`, name.slice(1), `${name}h`, `${name[0]}${name}`),
      ),
    fc.constantFrom("HashNet", "dpsh ", "", ...PROTOTYPE_NAMES),
    fc.string({ maxLength: 20 }),
  )
  .filter(name => !METHOD_NAMES.includes(name));

/** A value as messages show it, as far as that is the same for all: numbers as JavaScript writes them, all else as JSON. */
function valueAsSaid(value: unknown): string {
  return typeof value === "number" ? `found ${value}` : `found ${JSON.stringify(value)}`;
}

/** Settings as an object: `{ optimizer: { momentum: 1 } }`. Names of prototypes are names like others. */
export function settingsOf({ path, value }: Pick<WrongSetting, "path" | "value">): Record<string, unknown> {
  const [name, ...rest] = path;
  return Object.fromEntries([[name, rest.length === 0 ? value : settingsOf({ path: rest, value })]]);
}

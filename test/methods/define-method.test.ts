import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tensor2D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { defineMethod } from "../../src/methods/define-method.js";
import { METHOD_NAMES, methodOf } from "../../src/methods/known-methods.js";
import { loadMethod } from "../../src/methods/load-method.js";
import { PROTOTYPE_NAMES } from "../training/wrong-settings.js";

const loss = (codes: Tensor2D): tf.Scalar => tf.mean(codes);
const margin = { type: "number", minimum: 0, default: 2 } as const;

describe("defineMethod", () => {
  it("makes a method that is taken wherever a name is, and of that method the same again", () => {
    const mine = defineMethod({ name: "mine", options: { margin }, loss });
    expect(mine).toMatchObject({ kind: "trained", name: "mine", title: "mine", options: { margin } });
    expect(methodOf(mine)).toBe(mine);
    expect(defineMethod(mine)).toEqual(mine);
    const fit = { name: "fit-2", fit: () => ({}), encode: (features: Tensor2D) => features };
    expect(defineMethod(fit).kind).toBe("fitted");
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["no name", { name: undefined }, /"name" is missing; expected small letters/],
    ["a name with capitals", { name: "Mine" }, /"name" cannot be this; expected small letters.*found "Mine"/],
    ["a name with a blank", { name: "mine " }, /found "mine "/],
    ["a number for a name", { name: 5 }, /"name" cannot be this.*found 5/],
    ["a taken name", { name: "dch" }, /"dch": this name is taken; expected a name that is none of hashnet, dch/],
    ["a name that configs need", { name: "options" }, /none of method, options, constructor/],
    ["a name of every object", { name: "constructor" }, /"name" cannot be this/],
    ["no loss", { loss: undefined }, /no one way to learn; expected a loss, or fit and encode/],
    ["a loss and a fit", { fit: () => ({}) }, /no one way to learn/],
    ["a loss that is no function", { loss: "mean" }, /"loss" cannot be this; expected a function; found "mean"/],
    ["half a fit", { loss: undefined, fit: () => ({}) }, /expected a loss, or fit and encode/],
    [
      "a fit with what only trainings have",
      { loss: undefined, fit: () => 1, encode: () => 1, sharpness: () => 1 },
      /what is fitted has no field "sharpness"/,
    ],
    ["another kind", { kind: "fitted" }, /"kind" cannot be this; expected "trained"/],
    ["a misspelt field", { sharpnes: () => 1 }, /what is trained has no field "sharpnes"; expected "sharpness"\?/],
    ["a red colour", { colour: "red" }, /"colour" cannot be this; expected #RRGGBB; found "red"/],
    [
      "an unknown activation",
      { activation: "relu" },
      /"activation" cannot be this; expected tanh or none; found "relu"/,
    ],
    ["an unknown output", { output: "code" }, /"output" cannot be this; expected codes or embedding/],
    [
      "a normalisation without state",
      { normalise: { apply: () => 1 } },
      /"normalise" cannot be this; expected an object with functions state/,
    ],
    [
      "presets that are none",
      { presets: { fast: { epochs: 3 } } },
      /the preset "fast" cannot be this; expected \{ source: text, settings: object \}/,
    ],
    [
      "a preset of unknown options",
      { presets: { fast: { source: "mine", settings: { options: { margn: 1 } } } } },
      /no option "mine.presets.fast.margn"; expected "margin"\?/,
    ],
    ["options that are a list", { options: [] }, /"options" cannot be this; expected an object; found \[\]/],
    [
      "an option that is a value",
      { options: { margin: 5 } },
      /"mine.margin" is declared wrongly; expected an object with "enum", or with "type".*found 5/,
    ],
    ["an option of no type", { options: { margin: { default: 5 } } }, /"mine.margin" is declared wrongly/],
    [
      "an option of an unknown type",
      { options: { margin: { type: "float" } } },
      /"mine.margin" is declared wrongly.*"float"/,
    ],
    [
      "an option of a type of every object",
      { options: { margin: { type: "toString" } } },
      /"mine.margin" is declared wrongly/,
    ],
    [
      "a misspelt bound",
      { options: { margin: { ...margin, exclusivMinimum: 0 } } },
      /expected "exclusiveMinimum"\? .*found "exclusivMinimum"/,
    ],
    [
      "a bound of another type",
      { options: { on: { type: "boolean", minimum: 0 } } },
      /"mine.on" is declared wrongly.*found "minimum"/,
    ],
    [
      "a bound that is a word",
      { options: { margin: { type: "number", minimum: "0" } } },
      /"minimum" to be a finite number; found "0"/,
    ],
    ["a choice of nothing", { options: { how: { enum: [] } } }, /"enum" to be a list of different words; found \[\]/],
    [
      "a choice of numbers",
      { options: { how: { enum: [1, 2] } } },
      /"enum" to be a list of different words; found \[1,2\]/,
    ],
    [
      "a list of words",
      { options: { how: { type: "array", items: { enum: ["a"] } } } },
      /"items" to be the declaration of a number/,
    ],
    [
      "a default below its bound",
      { options: { margin: { ...margin, default: -1 } } },
      /"mine.margin" cannot be this; expected a number of at least 0; found -1/,
    ],
    [
      "a default that is unknown",
      { options: { how: { enum: ["a", "b"], default: "c" } } },
      /"mine.how" cannot be this; expected one of "a", "b"; found "c"/,
    ],
    [
      "a misspelt bound in a group",
      { options: { pairs: { type: "object", properties: { margin: { type: "number", minimun: 0 } } } } },
      /"mine.pairs.margin" is declared wrongly; expected "minimum"\?/,
    ],
  ])("refuses %s", (_, changes, message) => {
    const make = (): unknown => defineMethod({ name: "mine", loss, options: { margin }, ...changes } as never);
    expect(make).toThrow(InputError);
    expect(make).toThrow(message);
  });

  it("refuses what is no object, and any field that a method does not have", () => {
    for (const wrong of [undefined, null, 5, "dch", [], loss, new Map()]) {
      expect(() => defineMethod(wrong as never)).toThrow(/this is no method; expected .*; found/);
    }
    const names = fc.oneof(
      fc.constantFrom(...PROTOTYPE_NAMES),
      fc.string({ maxLength: 12 }).map(name => `x${name}`),
    );
    fc.assert(
      fc.property(names, field => {
        const definition = Object.fromEntries([
          ["name", "mine"],
          ["loss", loss],
          [field, 1],
        ]);
        expect(() => defineMethod(definition as never)).toThrow(`what is trained has no field "${field}"`);
      }),
      { seed: 10 },
    );
    for (const name of METHOD_NAMES) expect(() => defineMethod({ name, loss })).toThrow(/this name is taken/);
  });
});

describe("loadMethod", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-load-"));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  let count = 0;
  async function fileOf(text: string): Promise<string> {
    const file = join(folder, `${count++}.mjs`);
    await writeFile(file, text);
    return file;
  }

  it("takes a function of our tools, a promise of it, and a definition", async () => {
    for (const text of [
      'export default ({ tf, defineMethod }) => defineMethod({ name: "mine", loss: codes => tf.mean(codes) })',
      'export default async ({ tf }) => ({ name: "mine", loss: codes => tf.mean(codes) })',
      'export default { name: "mine", loss: codes => codes.mean() }',
    ]) {
      expect(await loadMethod(await fileOf(text))).toMatchObject({ kind: "trained", name: "mine" });
    }
  });

  it.each([
    ["export const loss = 1", "no default export"],
    ["export default () => {}", "no default export, or its function gives nothing"],
    ["export default 5", "this is no method"],
    ["export default null", "this is no method"],
    ['throw new Error("too early")', "Error: too early"],
    ["export default () => { throw undefined }", "found undefined"],
    ['export default () => Promise.reject("no")', 'found "no"'],
    ["export default (", "the method cannot be loaded"],
    ['import "./not-there.mjs"; export default 1', "not-there.mjs"],
    ['export default { kind: "trained", name: "mine" }', "expected a loss, or fit and encode"],
    ['export default { name: "hashnet", loss: () => 1 }', "this name is taken"],
    ['export default { name: "mine", colour: "red", loss: () => 1 }', "expected #RRGGBB"],
    ['export default { name: "mine", options: { a: { type: "number", minimun: 0 } }, loss: () => 1 }', '"minimum"?'],
  ])("refuses %s", async (text, message) => {
    const file = await fileOf(text);
    const loading = loadMethod(file);
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(`${file}: the method cannot be loaded`);
    await expect(loading).rejects.toThrow(message);
  });

  it.each([
    ["a SyntaxError", "export default () => {\n  const x = ;\n};\n", "(line 2)"],
    ["what it throws", 'export default () => {\n\n  throw new Error("no");\n};\n', "Error: no (line 3)"],
  ])("names the line of %s", async (_, text, line) => {
    await expect(loadMethod(await fileOf(text))).rejects.toThrow(line);
  });

  it("refuses a file that is not there, and a folder", async () => {
    await expect(loadMethod(join(folder, "none.js"))).rejects.toThrow(/none\.js: there is no such file/);
    await expect(loadMethod(folder)).rejects.toThrow(InputError);
  });
});

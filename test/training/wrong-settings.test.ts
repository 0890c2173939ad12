// What is wrong is refused by its name, with its value and what it may be, and nothing is trained.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/compute/program.js";
import { InputError } from "../../src/core/errors.js";
import { checkedOptions } from "../../src/core/options.js";
import { METHODS } from "../../src/methods/known-methods.js";
import { readTrainConfig } from "../../src/training/config-file.js";
import type { FineTuningOptions } from "../../src/training/fine-tune.js";
import { FINE_TUNING_OPTIONS } from "../../src/training/fine-tune.js";
import { fitMethod } from "../../src/training/fit-method.js";
import { PRESET_NAMES, presetConfig, presetsOf } from "../../src/training/presets.js";
import { resolveConfig, TRAINING_OPTIONS, trainConfig } from "../../src/training/train-config.js";
import { trainHead } from "../../src/training/train-head.js";
import { rows, toyData } from "./toy.js";
import type { WrongSetting } from "./wrong-settings.js";
import {
  declaredOptions,
  optionsOf,
  PROTOTYPE_NAMES,
  settingsOf,
  wrongMethods,
  wrongNames,
  wrongValues,
} from "./wrong-settings.js";

const data = { ...toyData(1), train: rows(0, 120) };
const trained = METHODS.filter(({ kind }) => kind === "trained");

/** An engine that says whether anything was to be computed. */
function watchedEngine(): Engine & { readonly asked: number } {
  let asked = 0;
  const prepare = (): never => {
    asked++;
    throw new Error("something is trained");
  };
  const engine = { name: "watched", description: "computes nothing", prepare };
  return Object.defineProperty(engine, "asked", { get: () => asked }) as unknown as Engine & { readonly asked: number };
}

/** @throws unless a promise is refused by an InputError that says all of it, before anything is computed */
async function expectRefused(make: (engine: Engine) => unknown, says: readonly string[]): Promise<void> {
  const engine = watchedEngine();
  const error = await Promise.resolve()
    .then(() => make(engine))
    .then(
      () => undefined,
      cause => cause,
    );
  expect(error).toBeInstanceOf(InputError);
  for (const piece of says) expect(error.message).toContain(piece);
  expect(engine.asked).toBe(0);
}

const saysOf = ({ path, says }: WrongSetting): string[] => [path.join("."), ...says];
const runs = { seed: 10, numRuns: 12 };

describe("a wrong setting of JavaScript", () => {
  it.each(METHODS.flatMap(method => (method.kind === "trained" ? [[method.name, method] as const] : [])))(
    "%s: every option refuses what is out of bounds, of another type, unknown",
    async (name, method) => {
      const asked = { method: name, bits: 8 };
      // those of every training, which are all methods' alike, with one of them
      const options = method === trained[0] ? optionsOf(method) : declaredOptions(method.options, [name]);
      for (const declared of options) {
        const check = async (wrong: WrongSetting): Promise<void> => {
          const settings = { ...asked, ...settingsOf(wrong) };
          await expectRefused(engine => trainHead(data, settings as never, { engine }), saysOf(wrong));
        };
        await fc.assert(fc.asyncProperty(wrongValues(declared), check), runs);
      }
      const own = Object.keys(method.options);
      const unknown = wrongNames(own);
      await fc.assert(
        fc.asyncProperty(unknown, async ({ name: wrong, says }) => {
          const settings = { ...asked, options: Object.fromEntries([[wrong, 1]]) };
          await expectRefused(engine => trainHead(data, settings, { engine }), [`"${name}.${wrong}"`, ...says]);
        }),
        runs,
      );
    },
  );

  it("names that no training has, near and far", async () => {
    const names = wrongNames(Object.keys(TRAINING_OPTIONS));
    const check = async ({ name, says }: { name: string; says: string[] }): Promise<void> => {
      const settings = { method: "dch", bits: 8, ...Object.fromEntries([[name, 1]]) };
      await expectRefused(engine => trainHead(data, settings, { engine }), [`"${name}"`, ...says]);
    };
    await fc.assert(fc.asyncProperty(names, check), { ...runs, numRuns: 40 });
  });

  it("settings and options that are no objects", async () => {
    const wrong: unknown[] = [null, undefined, 5, "dch", [], new Map(), new Float32Array(2), () => 1];
    for (const value of wrong) {
      await expectRefused(engine => trainHead(data, value as never, { engine }), ["expected"]);
      if (value === undefined) continue;
      for (const place of ["options", "dch", "optimizer"]) {
        const settings = { method: "dch", bits: 8, [place]: value };
        await expectRefused(engine => trainHead(data, settings as never, { engine }), [place]);
      }
    }
  });

  it("methods that are none", async () => {
    const check = async (method: string): Promise<void> =>
      expectRefused(engine => trainHead(data, { method, bits: 8 }, { engine }), [`no method "${method}"`, "hashnet"]);
    await fc.assert(fc.asyncProperty(wrongMethods, check), { seed: 10, numRuns: 60 });
    const half = { kind: "trained", name: "half", title: "Half", source: "none", options: {} };
    for (const method of [null, 5, {}, [], half, { ...half, loss: 5 }, { ...half, los: () => 1 }, { ...trained[0] }]) {
      await expectRefused(engine => trainHead(data, { method, bits: 8 } as never, { engine }), ["expected"]);
    }
  });

  it("options that are right alone and do not go together", async () => {
    const settings = { method: "dch", bits: 8, options: { epsilon: 0 } };
    const says = ['"dch.epsilon" cannot be this; expected above 0, or a cosineLimit below 1', "found 0"];
    await expectRefused(engine => trainHead(data, settings, { engine }), says);
    expect(resolveConfig({ ...settings, options: { epsilon: 0, cosineLimit: 0.9 } }).options.epsilon).toBe(0);
  });

  it("presets that a method lacks", () => {
    for (const method of trained) {
      const lacking = [...PRESET_NAMES, ...PROTOTYPE_NAMES, "papers"].filter(
        name => !Object.hasOwn(presetsOf(method), name),
      );
      for (const preset of [...lacking, 5 as never]) {
        const make = (): unknown => presetConfig(preset, method, 8);
        expect(make).toThrow(InputError);
        expect(make).toThrow(new RegExp(`preset .*${preset}.* of ${method.name}; expected .*paper`));
      }
    }
  });

  it("a fit that is given what only trainings have", async () => {
    for (const method of METHODS) {
      if (method.kind !== "fitted") continue;
      for (const name of Object.keys(TRAINING_OPTIONS).filter(one => one !== "bits" && one !== "seed")) {
        const settings = { method, bits: 8, [name]: 1 };
        await expectRefused(
          engine => fitMethod(data.features, settings, { engine }),
          [`${method.name}.${name}`, "bits"],
        );
      }
      for (const declared of declaredOptions(method.options)) {
        const check = async (wrong: WrongSetting): Promise<void> => {
          const settings = { method, bits: 8, options: settingsOf(wrong) };
          await expectRefused(engine => fitMethod(data.features, settings, { engine }), saysOf(wrong));
        };
        await fc.assert(fc.asyncProperty(wrongValues(declared), check), runs);
      }
      await expectRefused(engine => fitMethod(data.features, { method } as never, { engine }), ['"bits" is missing']);
    }
  });

  it("options of a fine-tuning", () => {
    for (const declared of declaredOptions(FINE_TUNING_OPTIONS)) {
      fc.assert(
        fc.property(wrongValues(declared), wrong => {
          expect(() => checkedOptions<FineTuningOptions>(FINE_TUNING_OPTIONS, settingsOf(wrong))).toThrow(InputError);
        }),
        runs,
      );
    }
  });
});

describe("a wrong setting of a JSON file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-wrong-"));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  /** @throws unless the file is refused with its name and all of it */
  async function expectFileRefused(method: string, text: string, says: readonly string[]): Promise<void> {
    const file = join(folder, "config.json");
    await writeFile(file, text);
    await expectRefused(() => readTrainConfig(file, trainConfig(method, 8)), [file, ...says]);
  }

  it.each(trained.map(({ name }) => name))(
    "%s: is refused with the file, the option, the value, its bounds",
    async name => {
      const declared = optionsOf(METHODS.find(method => method.name === name)!).filter(
        ({ path }) => path[0] !== "bits",
      );
      // JSON knows no NaN; 1e999 is its infinity
      const settings = fc
        .constantFrom(...declared)
        .chain(wrongValues)
        .filter(({ value }) => JSON.stringify(value) !== "null" || value === null);
      const check = async (wrong: WrongSetting): Promise<void> =>
        expectFileRefused(name, JSON.stringify(settingsOf(wrong)), saysOf(wrong));
      await fc.assert(fc.asyncProperty(settings, check), { seed: 10, numRuns: 60 });
      await expectFileRefused(name, '{"learningRate": 1e999}', ["learningRate", "Infinity", "above 0"]);
    },
  );

  it.each([
    ['{"dch": 5, "options": {"gamma": 7}}', '"dch" cannot be this; expected an object of options; found 5'],
    ['{"dch": {"gamma": 5}, "options": null}', '"options" cannot be this'],
    ['{"method": "hashnet"}', '"method" cannot be used'],
    ['{"bits": 12}', '"bits" cannot be used'],
    ['{"__proto__": {"epochs": 3}}', 'no option "__proto__"'],
    ['{"optimizer": {"__proto__": 3}}', 'no option "optimizer.__proto__"'],
    ['{"hashnet": {"weighting": "oops"}}', '"hashnet.weighting" cannot be this'],
    ['{"keep": "bestt"}', 'one of "last", "best"; found "bestt"'],
    ["[]", "not a config"],
    ["5", "not a config"],
    ["{", "no JSON"],
  ])("%s", async (text, message) => {
    await expectFileRefused("dch", text, [message]);
    expect(await readdir(folder)).toEqual(["config.json"]);
  });
});

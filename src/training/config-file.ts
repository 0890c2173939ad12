import { InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { objectOf } from "../core/json-schema.js";
import type { OptionsOrigin } from "../core/options.js";
import { isPlainObject, shownValue } from "../core/shown-value.js";
import type { TrainConfig, TrainSettings } from "./train-config.js";
import { optionsGroup, resolveConfig } from "./train-config.js";

/** Which settings there are is checked where they are merged: those of the method are among them. */
const SETTINGS_JSON: JsonFileKind<Record<string, unknown>> = {
  what: "a config: a JSON object of settings",
  schema: objectOf({}),
};

/**
 * Reads settings that change a config: a JSON object with any of the training's options, and the method's own under
 * "options" or its name. See {@link mergedConfig}.
 * @throws {InputError} when the file is missing, is no JSON object, or an option is unknown or out of bounds
 */
export async function readTrainConfig(file: string, base: TrainConfig): Promise<TrainConfig> {
  return mergedConfig(base, await readJsonFile(file, SETTINGS_JSON), { file });
}

/**
 * A config with some settings changed. Groups (`optimizer`, `schedule`, `batches`, the method's options) are added to
 * those of `base`; a group whose "kind" changes starts from its defaults.
 * @param settings any of the training's options, and the method's own under "options" or its name
 * @throws {InputError} when an option is unknown or out of bounds
 */
export function mergedConfig(
  base: TrainConfig,
  settings: Readonly<Record<string, unknown>>,
  origin: OptionsOrigin = {},
): TrainConfig {
  const { file } = origin;
  if (!isPlainObject(settings)) {
    throw new InputError("these are no settings", { file, expected: "an object", actual: shownValue(settings) });
  }
  for (const fixed of ["method", "bits"]) {
    if (!Object.hasOwn(settings, fixed)) continue;
    const expected = "it where a training is asked for";
    throw new InputError(`the setting "${fixed}" cannot be used`, {
      file,
      expected,
      actual: shownValue(settings[fixed]),
    });
  }
  const { method } = base;
  const { [method.name]: underName, options, ...given } = settings;
  const before = new Map<string, unknown>(Object.entries(base));
  const merged = Object.entries(given).map(([name, value]) => [name, mergeGroup(before.get(name), value)]);
  const own = { ...optionsGroup(method.name, underName, origin), ...optionsGroup("options", options, origin) };
  const all = { ...base, ...Object.fromEntries(merged), options: { ...base.options, ...own } };
  return resolveConfig(all as TrainSettings, origin);
}

/** A group added to another; anything else replaces what was there. */
function mergeGroup(before: unknown, given: unknown): unknown {
  if (given === undefined) return before;
  if (!isPlainObject(before) || !isPlainObject(given)) return given;
  return given.kind !== undefined && given.kind !== before.kind ? given : { ...before, ...given };
}

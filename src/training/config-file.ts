import { readFile } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import type { OptionsOrigin } from "../core/options.js";
import type { TrainConfig, TrainSettings } from "./train-config.js";
import { plainConfig, resolveConfig } from "./train-config.js";

/**
 * Reads settings that change a config: a JSON object with any of the training's options, and the method's own under
 * "options" or its name. See {@link mergedConfig}.
 * @throws {InputError} when the file is missing, is no JSON object, or an option is unknown or out of bounds
 */
export async function readTrainConfig(file: string, base: TrainConfig): Promise<TrainConfig> {
  return mergedConfig(base, await readObject(file), { file });
}

/**
 * A config with some settings changed. Groups (`optimizer`, `schedule`, `batches`, the method's options) are added to
 * those of `base`; a group whose "kind" changes starts from its defaults.
 * @param settings any of the training's options, and the method's own under "options" or its name
 * @throws {InputError} when an option is unknown or out of bounds
 */
export function mergedConfig(
  base: TrainConfig,
  { options, ...given }: Readonly<Record<string, unknown>>,
  origin: OptionsOrigin = {},
): TrainConfig {
  const { name } = base.method;
  for (const fixed of ["method", "bits"]) {
    if (fixed in given) {
      throw new InputError(`the setting "${fixed}" cannot be used`, {
        ...origin,
        expected: "it where a training is asked for",
      });
    }
  }
  const before = plainConfig(base) as unknown as Record<string, unknown>;
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(given)) if (key !== name) merged[key] = mergeGroup(before[key], value);
  const own = mergeGroup(mergeGroup(base.options, given[name]), options);
  return resolveConfig({ ...merged, method: base.method, options: own } as unknown as TrainSettings, origin);
}

/** A group added to another; anything else replaces what was there. */
function mergeGroup(before: unknown, given: unknown): unknown {
  if (given === undefined) return before;
  if (!isObject(before) || !isObject(given)) return given;
  return given.kind !== undefined && given.kind !== before.kind ? given : { ...before, ...given };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readObject(file: string): Promise<Record<string, unknown>> {
  let settings: unknown;
  try {
    settings = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const actual = (cause as Error).message;
    throw new InputError("cannot be read", { file, expected: "a JSON object of settings", actual, cause });
  }
  if (isObject(settings)) return settings;
  throw new InputError("this is no config", { file, expected: "a JSON object of settings" });
}

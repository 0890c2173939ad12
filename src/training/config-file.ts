import { readFile } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import type { TrainConfig, TrainSettings } from "./train-config.js";
import { plainConfig, resolveConfig } from "./train-config.js";

/**
 * Reads settings that change a config: a JSON object with any of the training's options, and the method's own under
 * "options" or its name. They are added to those of `base`, `batches`, `schedule` and `optimizer` too.
 * @throws {InputError} when the file is missing, is no JSON object, or an option is unknown or out of bounds
 */
export async function readTrainConfig(file: string, base: TrainConfig): Promise<TrainConfig> {
  const { options = {}, ...given } = await readObject(file);
  for (const fixed of ["method", "bits"]) {
    if (fixed in given) throw new InputError(`the setting "${fixed}" cannot be used`, { file, expected: "it elsewhere" });
  }
  const before = plainConfig(base) as unknown as Record<string, unknown>;
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(given)) {
    merged[name] = isObject(value) && isObject(before[name]) ? { ...before[name], ...value } : value;
  }
  // What the file says of the method comes after what the base says, under whichever name.
  const own = given[base.method.name];
  delete merged[base.method.name];
  for (const [name, value] of [
    [base.method.name, own],
    ["options", options],
  ] as const) {
    if (value === undefined || isObject(value)) continue;
    const actual = JSON.stringify(value);
    throw new InputError(`the option "${name}" cannot be this`, { file, expected: "an object of options", actual });
  }
  const all = { ...base.options, ...(own as object | undefined), ...(options as object) };
  return resolveConfig({ ...merged, method: base.method, options: all } as unknown as TrainSettings, { file });
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

import { readFile } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import type { TrainConfig } from "./train-config.js";

/** Names that the settings made of settings know; a misspelt one must not be ignored. */
const INSIDE: Readonly<Partial<Record<keyof TrainConfig, readonly string[]>>> = {
  batches: ["kind", "perClass"],
  schedule: ["kind", "every", "factor", "floor", "patience"],
  optimizer: [
    ...["kind", "beta1", "beta2", "epsilon", "momentum", "nesterov", "smoothing", "weightDecay", "decayBiases"],
    ...["hashFactor", "biasFactor"],
  ],
  hashnet: ["alpha", "weighting", "similarWeight", "pairs", "reduction", "graded"],
  dch: [
    ...["gamma", "lambda", "epsilon", "proxy", "quantization", "cosineLimit"],
    ...["weighting", "similarWeight", "pairs", "reduction", "graded"],
  ],
};

/**
 * Reads settings that change a config: a JSON object with any of the fields of `TrainConfig` but `method` and `bits`.
 * Options of the losses are added to those of `base`; `batches`, `schedule` and `optimizer` replace them.
 * @throws {InputError} when the file is missing, is no JSON object, or names what is no setting
 */
export async function readTrainConfig(file: string, base: TrainConfig): Promise<TrainConfig> {
  const settings = await readObject(file);
  for (const [name, value] of Object.entries(settings)) checkSetting(file, name, value, base);
  const given = settings as Partial<TrainConfig>;
  const { hashnet, dch } = base;
  return { ...base, ...given, hashnet: { ...hashnet, ...given.hashnet }, dch: { ...dch, ...given.dch } };
}

async function readObject(file: string): Promise<Record<string, unknown>> {
  let settings: unknown;
  try {
    settings = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const actual = (cause as Error).message;
    throw new InputError("cannot be read", { file, expected: "a JSON object of settings", actual, cause });
  }
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    throw new InputError("this is no config", { file, expected: "a JSON object of settings" });
  }
  return settings as Record<string, unknown>;
}

function checkSetting(file: string, name: string, value: unknown, base: TrainConfig): void {
  const known = base[name as keyof TrainConfig];
  const fixed = name === "method" || name === "bits";
  if (known === undefined || fixed || typeof value !== typeof known || Array.isArray(value) !== Array.isArray(known)) {
    throw new InputError(`the setting "${name}" cannot be used`, {
      file,
      expected: known === undefined || fixed ? `one of ${Object.keys(base).slice(2).join(", ")}` : `a ${kindOf(known)}`,
      actual: JSON.stringify(value),
    });
  }
  const inside = INSIDE[name as keyof TrainConfig];
  const wrong = inside === undefined ? undefined : Object.keys(value as object).find(key => !inside.includes(key));
  if (wrong !== undefined) {
    throw new InputError(`the setting "${name}.${wrong}" is not known`, {
      file,
      expected: `one of ${inside?.join(", ")}`,
    });
  }
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : typeof value;
}

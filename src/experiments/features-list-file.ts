import { POOLING_WORDS, parsePooling } from "../backbone/pooling.js";
import { InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { objectOf } from "../core/json-schema.js";
import type { FeatureSettings, JoinedFeatures } from "../features/feature-settings.js";
import { FEATURES_SCHEMA } from "../features/feature-settings.js";

/** Sets of features by name. */
export type NamedFeatures = Readonly<Record<string, FeatureSettings | JoinedFeatures>>;

const FEATURES_JSON: JsonFileKind<{ readonly features: NamedFeatures }> = {
  what: "sets of features: an object of { backbone, size, … } by name",
  schema: objectOf({ features: { type: "object", additionalProperties: FEATURES_SCHEMA, minProperties: 1 } }),
};

/**
 * Sets of features of a file: `{ "features": { "lite0": { "backbone": "efficientnet-lite0" } } }`. What a network cannot do
 * is said when it is opened.
 * @throws {InputError} when it is no such file
 */
export async function readFeatureSettings(file: string): Promise<NamedFeatures> {
  const { features } = await readJsonFile(file, FEATURES_JSON);
  return Object.fromEntries(Object.entries(features).map(([name, one]) => [name, readPools(one, file)]));
}

/** The same with each pooling as a value: in files it may be written as on the command line, "gem:3". */
function readPools(settings: FeatureSettings | JoinedFeatures, file: string): FeatureSettings | JoinedFeatures {
  if ("join" in settings) {
    const join = settings.join.map(part => ({ ...part, features: readPool(part.features, file) }));
    return { ...settings, join };
  }
  return readPool(settings, file);
}

function readPool(settings: FeatureSettings, file: string): FeatureSettings {
  const { pool: written } = settings as { readonly pool?: unknown };
  if (typeof written !== "string") return settings;
  const pool = parsePooling(written);
  if (pool !== undefined) return { ...settings, pool };
  throw new InputError("there is no such pooling", { file, expected: POOLING_WORDS, actual: JSON.stringify(written) });
}

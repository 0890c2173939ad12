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
  return (await readJsonFile(file, FEATURES_JSON)).features;
}

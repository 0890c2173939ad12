import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import type { JsonSchema } from "../core/json-schema.js";
import { listOf, objectOf, TEXT } from "../core/json-schema.js";
import type { FeatureSettings, JoinedFeatures } from "../features/feature-settings.js";

/** Sets of features by name. */
export type NamedFeatures = Readonly<Record<string, FeatureSettings | JoinedFeatures>>;

const POSITIVE: JsonSchema = { type: "number", exclusiveMinimum: 0 };

const SETTINGS: JsonSchema = objectOf(
  {},
  {
    backbone: TEXT,
    size: { type: "integer", minimum: 8 },
    views: { type: ["string", "number", "object"] },
    scales: listOf(POSITIVE, { minItems: 1 }),
    pool: { type: ["string", "object"] },
    precision: { enum: ["fp32", "int8"] },
  },
);

const FEATURES_JSON: JsonFileKind<{ readonly features: NamedFeatures }> = {
  what: "sets of features: an object of { backbone, size, … } by name",
  schema: objectOf({
    features: {
      type: "object",
      additionalProperties: {
        ...SETTINGS,
        properties: {
          ...(SETTINGS.properties as object),
          join: listOf(objectOf({ features: SETTINGS }, { weight: POSITIVE }), { minItems: 2 }),
        },
      },
      minProperties: 1,
    },
  }),
};

/**
 * Sets of features of a file: `{ "features": { "lite0": { "backbone": "efficientnet-lite0" } } }`. What a network cannot do
 * is said when it is opened.
 * @throws {InputError} when it is no such file
 */
export async function readFeatureSettings(file: string): Promise<NamedFeatures> {
  return (await readJsonFile(file, FEATURES_JSON)).features;
}

import type { Pooling } from "../backbone/pooling.js";
import { GREATEST_EXPONENT, POOLING_SCHEMA, poolingText } from "../backbone/pooling.js";
import { PRECISIONS } from "../compute/quantization.js";
import { InputError } from "../core/errors.js";
import type { JsonSchema } from "../core/json-schema.js";
import { listOf, objectOf, TEXT } from "../core/json-schema.js";
import { knownNames } from "../core/nearest-name.js";
import type { Views } from "../images/preprocessing.js";
import { MAX_CROP, SCALES_SCHEMA, VIEWS_SCHEMA } from "../images/preprocessing.js";
import { viewsText } from "../images/views.js";

/** The network where none is named. */
export const DEFAULT_BACKBONE = "efficientnet-lite0";

/** How a network makes features of images, as `extract` takes it. */
export interface FeatureSettings {
  /** As for `openBackbone`. Default efficientnet-lite0. */
  readonly backbone?: string;
  /** Side of the network's input, in pixels. Default: as the network wants it. */
  readonly size?: number;
  /** Squares of an image that are averaged. Default "centre". */
  readonly views?: Views;
  /**
   * Sides as multiples of `size`, such as [0.71, 1, 1.41]: the feature is the mean of those of all sides, each of length
   * 1. Default: `size` alone.
   */
  readonly scales?: readonly number[];
  /** Default "average"; "learned" learns GeM's exponent on labelled images. */
  readonly pool?: Pooling | "learned";
  /** Default "fp32". */
  readonly precision?: "fp32" | "int8";
}

/** Features of several networks or settings side by side: each part of length 1 times its weight, then joined. */
export interface JoinedFeatures {
  /** Two or more. */
  readonly join: readonly {
    readonly features: FeatureSettings;
    /** Above 0. Default 1. */
    readonly weight?: number;
  }[];
}

const POOL: JsonSchema = {
  description: `"average", "learned", "gem:p", or { "gem": p } with 1 ≤ p ≤ ${GREATEST_EXPONENT}`,
  anyOf: [{ type: "string", pattern: "^(average|learned|gem(:learned|:[0-9.]+)?)$" }, POOLING_SCHEMA],
};

/** {@link FeatureSettings} in files. */
export const FEATURE_SETTINGS_SCHEMA: JsonSchema = objectOf(
  {},
  {
    backbone: TEXT,
    size: { type: "integer", minimum: 8, maximum: MAX_CROP },
    views: VIEWS_SCHEMA,
    scales: SCALES_SCHEMA,
    pool: POOL,
    precision: { enum: PRECISIONS },
  },
);

const JOINED: JsonSchema = objectOf({
  join: listOf(objectOf({ features: FEATURE_SETTINGS_SCHEMA }, { weight: { type: "number", exclusiveMinimum: 0 } }), {
    minItems: 2,
  }),
});

/** {@link FeatureSettings} or {@link JoinedFeatures} in files. */
export const FEATURES_SCHEMA: JsonSchema = {
  if: { type: "object", required: ["join"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: JOINED,
  else: FEATURE_SETTINGS_SCHEMA,
};

/** All names of {@link FeatureSettings}. */
const NAMES: Readonly<Record<keyof FeatureSettings, true>> = {
  backbone: true,
  size: true,
  views: true,
  scales: true,
  pool: true,
  precision: true,
};

/**
 * Checks settings that come from a file or a cell.
 * @throws {InputError} naming what is unknown: a slip would make other features than were meant
 */
export function checkFeatureSettings(settings: FeatureSettings | JoinedFeatures): void {
  if ("join" in settings) {
    for (const { features } of settings.join) checkFeatureSettings(features);
    return;
  }
  const unknown = Object.keys(settings).find(name => !Object.hasOwn(NAMES, name));
  if (unknown === undefined) return;
  throw new InputError(`unknown setting "${unknown}" of features`, {
    expected: knownNames(unknown, Object.keys(NAMES)),
  });
}

/** In few words, for tables: `resnet50, 448 pixels, gem:3, flip`. */
export function featureSettingsText(settings: FeatureSettings | JoinedFeatures): string {
  if ("join" in settings) {
    const partText = ({ features, weight = 1 }: JoinedFeatures["join"][number]): string =>
      `${weight === 1 ? "" : `${weight} × `}(${featureSettingsText(features)})`;
    return settings.join.map(partText).join(" + ");
  }
  const {
    backbone = DEFAULT_BACKBONE,
    size,
    views = "centre",
    scales,
    pool = "average",
    precision = "fp32",
  } = settings;
  return [
    backbone,
    ...(size === undefined ? [] : [`${size} pixels`]),
    ...(scales === undefined ? [] : [`scales ${scales.join("/")}`]),
    ...(pool === "average" ? [] : [pool === "learned" ? "gem:learned" : poolingText(pool)]),
    ...(views === "centre" ? [] : [viewsText(views)]),
    ...(precision === "fp32" ? [] : [precision]),
  ].join(", ");
}

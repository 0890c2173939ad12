import type { OptionsOrigin, OptionsSchema } from "../core/options.js";
import { checkedOptions } from "../core/options.js";
import type { Interpolation } from "./enlarge.js";
import type { CropMode, Preprocessing, Truncated } from "./preprocessing.js";
import { MAX_CROP, MAX_SCALES } from "./preprocessing.js";
import { checkedScales } from "./scales.js";

/** What can be said of how a network wants its images; what is not said stays as it is. */
export interface PreprocessingSettings {
  /** Subtracted from red, green and blue, on a scale of 0..1. */
  readonly mean?: readonly number[];
  /** What the rest is divided by, above 0. */
  readonly std?: readonly number[];
  /** Side of the square that the network sees, 8 to 4096 pixels. */
  readonly size?: number;
  /**
   * Sides as multiples of that one, above 0 and at most 4, such as [0.71, 1, 1.41]: rounded to whole multiples of 32
   * pixels, at least 64. The feature is the mean of those of all sides, each of length 1.
   */
  readonly scales?: readonly number[];
  /** That side as a share of the shorter side after resizing, above 0 and at most 1; timm's crop_pct. */
  readonly cropShare?: number;
  /** Of resizing. */
  readonly interpolation?: Interpolation;
  /** How the image becomes a square. */
  readonly cropMode?: CropMode;
  /** What becomes of images that are cut short. */
  readonly truncated?: Truncated;
}

const COLOURS = { minItems: 3, maxItems: 3 } as const;

/** What each setting may be. */
export const PREPROCESSING_SETTINGS: OptionsSchema<PreprocessingSettings> = {
  mean: {
    type: "array",
    items: { type: "number" },
    ...COLOURS,
    description: "subtracted from red, green, blue, of 0..1",
  },
  std: { type: "array", items: { type: "number", exclusiveMinimum: 0 }, ...COLOURS, description: "then divided by" },
  size: { type: "integer", minimum: 8, maximum: MAX_CROP, description: "side of the network's input, in pixels" },
  scales: {
    type: "array",
    items: { type: "number", exclusiveMinimum: 0, maximum: 4 },
    minItems: 1,
    maxItems: MAX_SCALES,
    description: "sides as multiples of it, rounded to multiples of 32: the mean feature of all",
  },
  cropShare: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 1,
    description: "that side as a share of the shorter side after resizing, timm's crop_pct",
  },
  interpolation: { enum: ["bilinear", "bicubic"], description: "of resizing" },
  cropMode: { enum: ["center", "squash"], description: "how the image becomes a square" },
  truncated: { enum: ["refuse", "accept"], description: "images that are cut short" },
};

/** @throws {InputError} naming the setting, its value and its bounds */
export function checkedSettings(given: unknown, origin: OptionsOrigin = {}): PreprocessingSettings {
  return checkedOptions<PreprocessingSettings>(PREPROCESSING_SETTINGS, given, origin);
}

/**
 * Preprocessing with some of it otherwise. With another size the crop keeps its share of the resized image.
 * @param settings checked
 * @throws {InputError} when two scales give one side, or one is too large
 */
export function withSettings(base: Preprocessing, settings: PreprocessingSettings): Preprocessing {
  const { mean, std, interpolation, cropMode, truncated, size = base.crop, cropShare, scales } = settings;
  const { resize, cropMode: mode, truncated: cut, scales: before, ...rest } = base;
  const [modeNow, cutNow] = [cropMode ?? mode, truncated ?? cut];
  const scalesNow = checkedScales(size, scales ?? before);
  return {
    ...rest,
    resize: cropShare === undefined ? Math.floor((size * resize) / base.crop) : Math.floor(size / cropShare),
    crop: size,
    ...(mean === undefined ? {} : { mean: colours(mean) }),
    ...(std === undefined ? {} : { std: colours(std) }),
    ...(interpolation === undefined ? {} : { interpolation }),
    // What is the default is left out: manifests of earlier versions do not have it.
    ...(modeNow === undefined || modeNow === "center" ? {} : { cropMode: modeNow }),
    ...(cutNow === undefined || cutNow === "refuse" ? {} : { truncated: cutNow }),
    ...(scalesNow === undefined ? {} : { scales: scalesNow }),
  };
}

function colours([red, green, blue]: readonly number[]): [number, number, number] {
  return [red, green, blue];
}

import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, listOf, NUMBER, objectOf } from "../core/json-schema.js";
import type { Interpolation } from "./enlarge.js";

/** A random crop and a coin's flip, the same for the same seed, view and item on every machine. */
export interface RandomView {
  /** Any whole number. */
  readonly seed: number;
  /** Number of the view, 0 or more; each is another crop. */
  readonly view: number;
}

/**
 * Which squares of the resized image a network sees. Several views of one image give one feature, their mean:
 * `flip` is the middle and its mirror image, `ten-crop` the corners, the middle and the same of the mirror image.
 */
export type Views = "centre" | "flip" | "ten-crop" | RandomView;

/**
 * What becomes of an image file that ends too early, or holds data that cannot be decoded: "refuse" makes it one that
 * could not be read; "accept" takes what is there, as PIL does with `LOAD_TRUNCATED_IMAGES` (of a JPEG, bit for bit).
 */
export type Truncated = "refuse" | "accept";

/**
 * How an image becomes a square before the crop: "center" makes the shorter side `resize` pixels, "squash" both, with
 * other proportions. timm's names.
 */
export type CropMode = "center" | "squash";

/** What a network wants its images to be: torchvision's Resize, CenterCrop, ToTensor, Normalize. */
export interface Preprocessing {
  /** Shorter side after resizing, in pixels; both sides where `cropMode` is "squash". */
  readonly resize: number;
  /** Side of the square cut from the middle, in pixels; at most `resize`. */
  readonly crop: number;
  /** Subtracted from red, green and blue, on a scale of 0..1. */
  readonly mean: readonly [number, number, number];
  /** What the rest is divided by. */
  readonly std: readonly [number, number, number];
  readonly interpolation: Interpolation;
  /** Default "center". */
  readonly cropMode?: CropMode;
  /** Which squares are cut. Default "centre", one square from the middle. */
  readonly views?: Views;
  /** Default "refuse". */
  readonly truncated?: Truncated;
  /**
   * Sides of the square as multiples of `crop`: the network sees the image at each of them, and the feature is the mean
   * of theirs, each of length 1. Default: `crop` alone, and the feature as it comes.
   */
  readonly scales?: readonly number[];
}

/** Pixels that the side of a network's images may have: more is a wrong number, and would take the machine's memory. */
export const MAX_CROP = 4096;

/** Scales that an image may be seen at: each costs as much as its pixels. */
export const MAX_SCALES = 8;

const THREE = { minItems: 3, maxItems: 3 };

/** {@link Views} in files. */
export const VIEWS_SCHEMA: JsonSchema = {
  description: '"centre", "flip", "ten-crop", or seed and view of a random one',
  anyOf: [{ enum: ["centre", "flip", "ten-crop"] }, objectOf({ seed: { type: "integer" }, view: COUNT })],
};

/** Scales in files. */
export const SCALES_SCHEMA: JsonSchema = listOf(
  { type: "number", exclusiveMinimum: 0 },
  { minItems: 1, maxItems: MAX_SCALES },
);

/** {@link Preprocessing} in files. */
export const PREPROCESSING_SCHEMA: JsonSchema = objectOf(
  {
    resize: { type: "integer", minimum: 1, maximum: 2 * MAX_CROP },
    crop: { type: "integer", minimum: 1, maximum: MAX_CROP },
    mean: listOf(NUMBER, THREE),
    std: listOf({ type: "number", exclusiveMinimum: 0 }, THREE),
    interpolation: { enum: ["bilinear", "bicubic"] },
  },
  {
    views: VIEWS_SCHEMA,
    cropMode: { enum: ["center", "squash"] },
    truncated: { enum: ["refuse", "accept"] },
    scales: SCALES_SCHEMA,
  },
);

import { createHash } from "node:crypto";
import { EngineError, InputError } from "../core/errors.js";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, listOf, objectOf } from "../core/json-schema.js";

/** How a network computes: 32-bit floats, or 8-bit integers within its convolutions and products. */
export type Precision = "fp32" | "int8";

/** All precisions. */
export const PRECISIONS: readonly Precision[] = ["fp32", "int8"];

/** @throws {InputError} when a value from outside is no precision */
export function checkPrecision(precision: string): asserts precision is Precision {
  if ((PRECISIONS as readonly string[]).includes(precision)) return;
  throw new InputError("there is no such precision", { expected: PRECISIONS.join(" or "), actual: precision });
}

/**
 * What an int8 network needs beside its weights: in which range each tensor that is rounded to 8 bits lies. Measured once
 * on a sample of the data, then part of what the features are: the same ranges give the same features of the same image,
 * also of a query that comes years later.
 */
export interface Quantization {
  readonly precision: "int8";
  /**
   * Least and greatest value of each tensor to be rounded, in the order in which the traced graph meets them:
   * what goes into its first integer convolution, what comes out of it, and so on. Their number is the graph's: other networks, other numbers.
   */
  readonly ranges: readonly (readonly [number, number])[];
  /** Images measured, and the seed that drew them. */
  readonly calibration: { readonly images: number; readonly seed: number };
}

/** {@link Quantization} in files. */
export const QUANTIZATION_SCHEMA: JsonSchema = objectOf({
  precision: { enum: ["int8"] },
  ranges: listOf(listOf({ type: "number" }, { minItems: 2, maxItems: 2 })),
  calibration: objectOf({ images: COUNT, seed: COUNT }),
});

/** Ranges in few words, by which two are told apart: `int8, 73 ranges 1f0a3c…, measured on 64 images, seed 0`. */
export function describeQuantization({ precision, ranges, calibration }: Quantization): string {
  const digest = createHash("sha256").update(JSON.stringify(ranges)).digest("hex").slice(0, 12);
  const { images, seed } = calibration;
  return `${precision}, ${ranges.length} ranges ${digest}…, measured on ${images} images, seed ${seed}`;
}

/** The fault of another engine that is to compute in 8-bit integers. */
export function onlyOnCpu(engine: string): EngineError {
  return new EngineError("int8 runs on the compiled CPU engine only", {
    expected: "--engine cpu (HASHBOOK_ENGINE=cpu), or features of precision fp32",
    actual: `engine ${engine}`,
  });
}

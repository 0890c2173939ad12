/** How a network computes: 32-bit floats, or 8-bit integers within its convolutions and products. */
export type Precision = "fp32" | "int8";

/** All precisions. */
export const PRECISIONS: readonly Precision[] = ["fp32", "int8"];

/**
 * What an int8 network needs beside its weights: in which range each tensor that is rounded to 8 bits lies. Measured once
 * on a sample of the data, then part of what the features are: the same ranges give the same features of the same image,
 * also of a query that comes years later.
 */
export interface Quantization {
  readonly precision: "int8";
  /**
   * Least and greatest value of each tensor to be rounded, in the order in which the traced graph makes them, its input
   * first. Their number is the graph's: other networks, other numbers.
   */
  readonly ranges: readonly (readonly [number, number])[];
  /** Images measured, and the seed that drew them. */
  readonly calibration: { readonly images: number; readonly seed: number };
}

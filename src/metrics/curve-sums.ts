/** Sums over queries of precision and recall, each (points,): a curve in the making. */
export interface CurveSums {
  readonly precision: Float64Array;
  readonly recall: Float64Array;
}

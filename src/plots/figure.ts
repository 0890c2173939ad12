import type { TypedArray } from "../core/arrays.js";

/**
 * A plotly.js figure as plain JSON values: shown in cells, inlined in the report, drawn as SVG.
 * The attributes are those of https://plotly.com/javascript/reference/.
 */
export interface Figure {
  /** The traces. */
  data: object[];
  layout: object;
}

/** Numbers a figure takes. */
export type Numbers = readonly number[] | Exclude<TypedArray, BigInt64Array | BigUint64Array>;

/**
 * Numbers as a figure holds them: a plain array with few digits, so that notebooks stay small.
 * NaN and infinities become null, which plotly leaves out.
 * @param digits significant digits, 1..17
 */
export function figureNumbers(values: Numbers, digits = 5): (number | null)[] {
  return Array.from(values as ArrayLike<number>, value =>
    Number.isFinite(value) ? Number(value.toPrecision(digits)) : null,
  );
}

import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { decimalsOf, shownNumber } from "../core/shown-number.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { colourScales } from "./style.js";

/** Settings of {@link heatmapFigure}. */
export interface HeatmapOptions extends FigureOptions {
  /** What the columns are. Default: "column". */
  columns?: string;
  /** What the rows are. Default: "row". */
  rows?: string;
  /** Names of the columns, at the ticks. Default: their numbers from 0. */
  columnNames?: readonly string[];
  /** Names of the rows. Default: their numbers from 0. */
  rowNames?: readonly string[];
  /** What a value is, beside the colour bar. Default: none. */
  value?: string;
  /** `share`: white to blue; `signed`: blue, white at 0, vermillion. Default: share. */
  scale?: "share" | "signed";
  /** Values of the two ends of the scale. Default: the least and the greatest there are; symmetric about 0 when signed. */
  range?: readonly [number, number];
}

/** Cells are large enough for their values up to so many a side. */
const MOST_WITH_VALUES = 12;

/** The bounds of the values, missing ones (NaN) apart. One value alone is set against 0. */
function rangeOf(data: ArrayLike<number>, signed: boolean): [number, number] {
  const values = Array.from(data).filter(Number.isFinite);
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (values.length === 0) return signed ? [-1, 1] : [0, 1];
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  if (signed) return [-most, most];
  return low < high ? [low, high] : [Math.min(0, low), Math.max(0, high) || 1];
}

/**
 * A matrix as coloured cells, row 0 on top; up to 12 × 12 with the values in them. Missing values (NaN) stay empty.
 * @param matrix (rows, columns)
 * @throws {InputError} when it has not two axes or no values, or names are not as many
 */
export function heatmapFigure(matrix: NdArray<Float32Array | Float64Array>, options: HeatmapOptions = {}): Figure {
  const { data, shape } = matrix;
  if (shape.length !== 2 || data.length === 0) {
    throw new InputError("a heatmap needs a matrix", {
      expected: "shape (rows, columns), not empty",
      actual: `(${shape.join(", ")})`,
    });
  }
  const [rows, columns] = shape;
  const scale = options.scale ?? "share";
  const [zmin, zmax] = options.range ?? rangeOf(data, scale === "signed");
  const eachRow = Array.from({ length: rows }, (_, r) => data.subarray(r * columns, (r + 1) * columns));
  const trace = {
    type: "heatmap",
    z: eachRow.map(row => figureNumbers(row, 3)),
    zmin,
    zmax,
    colorscale: colourScales[scale],
    colorbar: { thickness: 12, outlinewidth: 0, title: { text: options.value ?? "", side: "top" } },
    hovertemplate: `${options.rows ?? "row"} %{y}, ${options.columns ?? "column"} %{x}<br>%{z:.3~g}<extra></extra>`,
    ...(Math.max(rows, columns) > MOST_WITH_VALUES ? {} : cellTexts(eachRow)),
  };
  const layout = figureLayout([], options, {
    xaxis: cellAxis(options.columns ?? "column", columns, options.columnNames),
    yaxis: { ...cellAxis(options.rows ?? "row", rows, options.rowNames), autorange: "reversed", scaleanchor: "x" },
  });
  return { data: [trace], layout };
}

function cellTexts(rows: readonly ArrayLike<number>[]): object {
  const textOf = (value: number): string =>
    Number.isFinite(value) ? shownNumber(value, Math.min(2, decimalsOf(value))) : "";
  return { text: rows.map(row => Array.from(row, textOf)), texttemplate: "%{text}", textfont: { size: 11 } };
}

/** The axis of rows or columns: names at each, or numbers at as many as there is room for. */
function cellAxis(title: string, count: number, names: readonly string[] | undefined): object {
  if (names !== undefined && names.length !== count) {
    throw new InputError(`the names of a heatmap's ${title} axis do not fit`, {
      expected: `${count}`,
      actual: `${names.length}`,
    });
  }
  const numbers = count <= MOST_WITH_VALUES ? { dtick: 1 } : {};
  const ticks = names === undefined ? numbers : { tickvals: names.map((_, i) => i), ticktext: names, automargin: true };
  return figureAxis(title, { showgrid: false, constrain: "domain", ...ticks });
}

/**
 * Correlation between the bits of codes: white is what independent bits look like. The diagonal, 1 by definition, is
 * left out, and the colours reach as far as the strongest correlation there is: nothing is paler than it is.
 * @param correlation (bits, bits), values in −1..1
 * @throws {InputError} when it is no matrix
 */
export function bitCorrelationFigure(
  correlation: NdArray<Float32Array | Float64Array>,
  options: FigureOptions = {},
): Figure {
  const { data, shape } = correlation;
  const others = Float64Array.from(data, (value, i) => (i % (shape[1] + 1) === 0 ? Number.NaN : value));
  return heatmapFigure(
    { data: others, shape },
    {
      ...options,
      height: options.height ?? 420,
      columns: "bit",
      rows: "bit",
      value: "correlation",
      scale: "signed",
    },
  );
}

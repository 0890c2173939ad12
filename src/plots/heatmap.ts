import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers } from "./figure.js";
import { colourScales, type FigureOptions, figureAxis, figureLayout } from "./style.js";

export interface HeatmapOptions extends FigureOptions {
  /** What the columns are. Default: "column". */
  columns?: string;
  /** What the rows are. Default: "row". */
  rows?: string;
  /** What a value is, beside the colour bar. Default: none. */
  value?: string;
  /** `share`: white to blue; `signed`: blue, white at 0, vermillion. Default: share. */
  scale?: "share" | "signed";
  /** Values of the two ends of the scale. Default: of the data; symmetric about 0 when signed. */
  range?: readonly [number, number];
}

function rangeOf(data: ArrayLike<number>, signed: boolean): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    if (data[i] < low) low = data[i];
    if (data[i] > high) high = data[i];
  }
  const most = Math.max(Math.abs(low), Math.abs(high));
  return signed ? [-most, most] : [low, high];
}

/**
 * A matrix as coloured cells, row 0 on top.
 * @param matrix (rows, columns)
 * @throws {InputError} when it has not two axes or no values
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
  const trace = {
    type: "heatmap",
    z: Array.from({ length: rows }, (_, r) => figureNumbers(data.subarray(r * columns, (r + 1) * columns), 3)),
    zmin,
    zmax,
    colorscale: colourScales[scale],
    colorbar: { thickness: 12, outlinewidth: 0, title: { text: options.value ?? "", side: "top" } },
    hovertemplate: `${options.rows ?? "row"} %{y}, ${options.columns ?? "column"} %{x}<br>%{z:.3f}<extra></extra>`,
  };
  const cells = { showgrid: false, constrain: "domain" };
  const layout = figureLayout(options, {
    xaxis: figureAxis(options.columns ?? "column", cells),
    yaxis: figureAxis(options.rows ?? "row", { ...cells, autorange: "reversed", scaleanchor: "x" }),
  });
  return { data: [trace], layout };
}

/**
 * Correlation between the bits of codes: off the diagonal, white is what independent bits look like.
 * @param correlation (bits, bits), values in −1..1
 * @throws {InputError} when it is no matrix
 */
export function bitCorrelationFigure(
  correlation: NdArray<Float32Array | Float64Array>,
  options: FigureOptions = {},
): Figure {
  return heatmapFigure(correlation, {
    ...options,
    height: options.height ?? 420,
    columns: "bit",
    rows: "bit",
    value: "correlation",
    scale: "signed",
    range: [-1, 1],
  });
}

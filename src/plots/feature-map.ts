import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { type Figure, figureNumbers } from "./figure.js";
import { classMarker, type FigureOptions, figureAxis, figureLayout } from "./style.js";

/** Settings of {@link featureMapFigure}. */
export interface FeatureMapOptions extends FigureOptions {
  /** Names of the two axes. Default: the first and second principal component. */
  axes?: readonly [string, string];
  /** Draw at most so many points, every k-th of each class, so that notebooks stay small. Default: 2000. */
  maxPoints?: number;
}

/**
 * Items as points in the plane, coloured by class.
 * @param points (n, 2)
 * @param labels class of each item, 0..classNames.length-1
 * @throws {InputError} when `points` is not (n, 2) or labels do not fit it
 */
export function featureMapFigure(
  points: NdArray<Float32Array | Float64Array>,
  labels: ArrayLike<number>,
  classNames: readonly string[],
  options: FeatureMapOptions = {},
): Figure {
  const { data: values, shape } = points;
  if (shape.length !== 2 || shape[1] !== 2 || shape[0] !== labels.length) {
    throw new InputError("points of a feature map do not fit its labels", {
      expected: `shape (${labels.length}, 2)`,
      actual: `(${shape.join(", ")})`,
    });
  }
  const stride = Math.max(1, Math.ceil(labels.length / (options.maxPoints ?? 2000)));
  const members: number[][] = classNames.map(() => []);
  for (let i = 0; i < labels.length; i++) {
    if (members[labels[i]] === undefined) {
      throw new InputError("label without a class name", {
        expected: `labels in 0..${classNames.length - 1}`,
        actual: `${labels[i]} at row ${i}`,
      });
    }
    members[labels[i]].push(i);
  }
  const all = classNames.map((name, label) => {
    const shown = members[label].filter((_, i) => i % stride === 0);
    return {
      type: "scatter",
      mode: "markers",
      name,
      marker: { ...classMarker(label), size: 5, opacity: 0.7 },
      x: figureNumbers(
        shown.map(i => values[2 * i]),
        4,
      ),
      y: figureNumbers(
        shown.map(i => values[2 * i + 1]),
        4,
      ),
      hovertemplate: "%{x:.2f}, %{y:.2f}",
    };
  });
  const axes = options.axes ?? ["first principal component", "second principal component"];
  const data = all.filter(trace => trace.x.length > 0);
  const layout = figureLayout(
    data,
    { ...options, height: options.height ?? 440 },
    {
      xaxis: figureAxis(axes[0]),
      yaxis: figureAxis(axes[1]),
      legend: { itemsizing: "constant" },
    },
  );
  return { data, layout };
}

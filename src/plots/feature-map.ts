import type { NdArray } from "../core/arrays.js";
import { classesOf } from "../core/classes-of-items.js";
import { InputError } from "../core/errors.js";
import type { Labels, MultiHotLabels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import { type Figure, figureNumbers } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { classMarker } from "./style.js";

/** Settings of {@link featureMapFigure}. */
export interface FeatureMapOptions extends FigureOptions {
  /** Names of the two axes. Default: the first and second principal component. */
  axes?: readonly [string, string];
  /** Draw at most so many points, every k-th of each class, so that notebooks stay small. Default: 2000. */
  maxPoints?: number;
}

const UNKNOWN_COLOUR = "#bbbbbb";

/**
 * Items as points in the plane, coloured by class; one of several classes is drawn for each of them, one of unknown
 * class grey, below the others.
 * @param points (n, 2)
 * @param labels class of each item, 0..classNames.length-1, or the set of its classes
 * @throws {InputError} when `points` is not (n, 2) or labels do not fit it
 */
export function featureMapFigure(
  points: NdArray<Float32Array | Float64Array>,
  labels: ArrayLike<number> | MultiHotLabels,
  classNames: readonly string[],
  options: FeatureMapOptions = {},
): Figure {
  const { data: values, shape } = points;
  const known: Labels = "words" in labels ? labels : Int32Array.from(labels);
  const count = labelCount(known);
  if (shape.length !== 2 || shape[1] !== 2 || shape[0] !== count) {
    throw new InputError("points of a feature map do not fit its labels", {
      expected: `shape (${count}, 2)`,
      actual: `(${shape.join(", ")})`,
    });
  }
  const stride = Math.max(1, Math.ceil(count / (options.maxPoints ?? 2000)));
  const { ofClass, ofNone } = membersOf(known, classNames);
  const groups = [
    { name: "class not known", marker: { color: UNKNOWN_COLOUR }, members: ofNone },
    ...classNames.map((name, label) => ({ name, marker: classMarker(label), members: ofClass[label] })),
  ];
  const all = groups.map(({ name, marker, members }) => {
    const shown = members.filter((_, i) => i % stride === 0);
    return {
      type: "scatter",
      mode: "markers",
      name,
      marker: { ...marker, size: 5, opacity: 0.7 },
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

/** Items of each class, and those of none. @throws {InputError} for a class without a name */
function membersOf(labels: Labels, classNames: readonly string[]): { ofClass: number[][]; ofNone: number[] } {
  const ofClass: number[][] = classNames.map(() => []);
  const ofNone: number[] = [];
  for (let i = 0; i < labelCount(labels); i++) {
    const classes = classesOf(labels, i);
    if (classes.length === 0) ofNone.push(i);
    for (const label of classes) {
      if (ofClass[label] === undefined) {
        throw new InputError("label without a class name", {
          expected: `labels in 0..${classNames.length - 1}`,
          actual: `${label} at row ${i}`,
        });
      }
      ofClass[label].push(i);
    }
  }
  return { ofClass, ofNone };
}

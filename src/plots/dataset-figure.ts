import { classesOf } from "../core/classes-of-items.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { isLabelled, labelCount } from "../core/labels.js";
import { labelsAnItem } from "../datasets/labels-an-item.js";
import type { Role, Split } from "../datasets/roles.js";
import { ROLES } from "../datasets/roles.js";
import { splitOverlaps } from "../datasets/split-overlaps.js";
import type { Figure } from "./figure.js";
import { type FigureOptions, figureAxis, figureLayout } from "./figure-layout.js";
import { okabeIto } from "./style.js";

/** What a dataset's picture is drawn of. */
export interface DrawnDataset {
  readonly classNames: readonly string[];
  readonly labels: Labels;
  /** Default: all items are one group. */
  readonly roles?: Split;
}

/** Items that are drawn in one colour. */
interface Group {
  readonly name: string;
  readonly colour: string;
  readonly rows: Int32Array;
  /** How it overlaps with the database, in words. */
  readonly note?: string;
}

const COLOURS: Readonly<Record<Role, string>> = {
  query: okabeIto.vermillion,
  train: okabeIto.green,
  database: okabeIto.blue,
};

/** Notes of the roles whose rows overlap otherwise than those of a split drawn here. */
function overlapNotes(roles: Split): Partial<Record<Role, string>> {
  const { queriesInDatabase, trainOutsideDatabase } = splitOverlaps(roles);
  return {
    ...(queriesInDatabase === 0 ? {} : { query: `${queriesInDatabase} in database` }),
    ...(trainOutsideDatabase === 0 ? {} : { train: `${trainOutsideDatabase} outside` }),
  };
}

/** The two upper panels and the lower one, as parts of the picture's height. */
const UPPER = [0.62, 1] as const;
const LOWER = [0, 0.42] as const;

/**
 * A dataset at a glance: items of each role with and without a label, how many labels they have, and how large the
 * classes are in each role, the largest first.
 * @throws {InputError} without items
 */
export function datasetFigure(dataset: DrawnDataset, options: FigureOptions = {}): Figure {
  const groups = groupsOf(dataset);
  if (groups.length === 0) throw new InputError("there are no items to draw", { expected: "one at least" });
  const data = [...roleTraces(dataset, groups), ...labelTraces(dataset, groups), ...classTraces(dataset, groups)];
  const axis = (name: string, more: object) => figureAxis(name, { automargin: false, ...more });
  const layout = figureLayout(
    [],
    { ...options, height: options.height ?? 520 },
    {
      showlegend: false,
      barmode: "group",
      xaxis: axis("", { domain: [0, 0.48], anchor: "y", showgrid: false, tickfont: { size: 11 } }),
      yaxis: axis("images (grey: without a label)", { domain: UPPER, anchor: "x", rangemode: "tozero" }),
      xaxis2: axis("labels an image", { domain: [0.62, 1], anchor: "y2", showgrid: false, dtick: 1 }),
      yaxis2: axis("share of the role", { domain: UPPER, anchor: "x2", rangemode: "tozero", tickformat: ".0%" }),
      xaxis3: axis(`classes, the largest of ${groups.at(-1)!.name} first`, {
        domain: [0, 1],
        anchor: "y3",
        showgrid: false,
        rangemode: "tozero",
      }),
      yaxis3: axis("images of the class", { domain: LOWER, anchor: "x3", type: "log", dtick: 1 }),
    },
  );
  return { data, layout };
}

function groupsOf({ labels, roles }: DrawnDataset): Group[] {
  const everyRow = Int32Array.from({ length: labelCount(labels) }, (_, row) => row);
  if (roles === undefined)
    return [{ name: "all", colour: okabeIto.blue, rows: everyRow }].filter(one => one.rows.length > 0);
  const notes = overlapNotes(roles);
  const groups = ROLES.map(role => ({ name: role, colour: COLOURS[role], rows: roles[role], note: notes[role] }));
  return groups.filter(({ rows }) => rows.length > 0);
}

/** Bars of items, those without a label pale on top. */
function roleTraces({ labels }: DrawnDataset, groups: readonly Group[]): object[] {
  const labelled = groups.map(({ rows }) => rows.filter(row => isLabelled(labels, row)).length);
  const names = groups.map(({ name, note }) => (note === undefined ? name : `${name}<br>${note}`));
  const bars = (y: readonly number[], more: object): object => ({
    type: "bar",
    x: names,
    y,
    xaxis: "x",
    yaxis: "y",
    ...more,
  });
  return [
    bars(labelled, {
      offsetgroup: "0",
      marker: { color: groups.map(({ colour }) => colour) },
      text: groups.map(({ rows }) => String(rows.length)),
      textposition: "auto",
      hovertemplate: "%{x}: %{y} with a label<extra></extra>",
    }),
    bars(
      groups.map(({ rows }, i) => rows.length - labelled[i]),
      {
        offsetgroup: "0",
        base: labelled,
        marker: { color: okabeIto.grey },
        hovertemplate: "%{x}: %{y} without a label<extra></extra>",
      },
    ),
  ];
}

function labelTraces({ labels }: DrawnDataset, groups: readonly Group[]): object[] {
  return groups.map(({ name, colour, rows }) => {
    const counts = labelsAnItem(labels, rows);
    return {
      type: "bar",
      name,
      marker: { color: colour },
      x: counts.map((_, count) => count),
      y: counts.map(count => Number((count / rows.length).toPrecision(4))),
      xaxis: "x2",
      yaxis: "y2",
      hovertemplate: `${name}: %{y:.1%} with %{x} labels<extra></extra>`,
    };
  });
}

function classTraces({ labels, classNames }: DrawnDataset, groups: readonly Group[]): object[] {
  const sizes = groups.map(({ rows }) => classSizesOf(labels, classNames.length, rows));
  const order = [...classNames.keys()].sort((a, b) => sizes.at(-1)![b] - sizes.at(-1)![a]);
  return groups.map(({ name, colour }, i) => ({
    type: "scatter",
    mode: "markers",
    name,
    marker: { color: colour, size: 5 },
    x: order.map((_, place) => place + 1),
    y: order.map(label => (sizes[i][label] === 0 ? null : sizes[i][label])),
    text: order.map(label => classNames[label]),
    xaxis: "x3",
    yaxis: "y3",
    hovertemplate: `%{text}: %{y} ${name}<extra></extra>`,
  }));
}

function classSizesOf(labels: Labels, classes: number, rows: Int32Array): number[] {
  const sizes = new Array<number>(classes).fill(0);
  for (const row of rows) for (const label of classesOf(labels, row)) sizes[label]++;
  return sizes;
}

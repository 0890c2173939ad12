import { describe, expect, it } from "vitest";
import { multiHotLabels } from "../../src/core/labels.js";
import { datasetFigure } from "../../src/plots/dataset-figure.js";
import { renderSvg } from "../../src/plots/render-figure.js";

const MATRIX = [
  [1, 0, 0],
  [1, 1, 0],
  [0, 0, 0],
  [0, 1, 1],
  [1, 1, 1],
];
const labels = multiHotLabels({ data: Uint8Array.from(MATRIX.flat()), shape: [5, 3] });
const roles = {
  protocol: "by hand",
  seed: 0,
  asPublished: "a test",
  query: Int32Array.of(0, 2),
  train: Int32Array.of(4),
  database: Int32Array.of(0, 1, 2, 3),
};
const dataset = { classNames: ["hat", "shoe", "bag"], labels, roles };

interface Trace {
  readonly xaxis: string;
  readonly x: readonly unknown[];
  readonly y: readonly (number | null)[];
  readonly text: readonly string[];
}

describe("datasetFigure", () => {
  const traces = datasetFigure(dataset).data as Trace[];
  const of = (axis: string): Trace[] => traces.filter(({ xaxis }) => xaxis === axis);

  it("shows roles with and without a label, and how they overlap", () => {
    const [labelled, without] = of("x");
    expect(labelled.x).toEqual(["query<br>2 in database", "train<br>1 outside", "database"]);
    expect(labelled.y).toEqual([1, 1, 3]);
    expect(without.y).toEqual([1, 0, 1]);
    expect(labelled.text).toEqual(["2", "1", "4"]);
  });

  it("shows how many labels the items of a role have", () => {
    expect(of("x2").map(({ y }) => y)).toEqual([
      [0.5, 0.5],
      [0, 0, 0, 1],
      [0.25, 0.25, 0.5],
    ]);
  });

  it("shows the classes of each role, the largest of the database first, empty ones not at all", () => {
    const [query, train, database] = of("x3");
    expect(database.text).toEqual(["hat", "shoe", "bag"]);
    expect([query.y, train.y, database.y]).toEqual([
      [1, null, null],
      [1, 1, 1],
      [2, 2, 1],
    ]);
  });

  it("takes one label an item, and data without roles", () => {
    const { data } = datasetFigure({ classNames: ["a", "b"], labels: Int32Array.of(0, 1, 1, -1) });
    expect((data as Trace[]).map(({ y }) => y)).toEqual([[3], [1], [0.25, 0.75], [2, 1]]);
  });

  it("is drawn without a browser, and refused without items", async () => {
    expect(await renderSvg(datasetFigure(dataset))).toContain("labels an image");
    expect(() => datasetFigure({ classNames: [], labels: new Int32Array() })).toThrow("there are no items to draw");
  });
});

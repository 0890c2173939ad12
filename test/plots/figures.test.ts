import { describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { bitBalanceFigure } from "../../src/plots/bit-balance.js";
import { distanceHistogramFigure } from "../../src/plots/distance-histogram.js";
import { featureMapFigure } from "../../src/plots/feature-map.js";
import { figureNumbers } from "../../src/plots/figure.js";
import { bitCorrelationFigure, heatmapFigure } from "../../src/plots/heatmap.js";
import { learningCurvesFigure } from "../../src/plots/learning-curves.js";
import { distinctNames } from "../../src/plots/legend.js";
import { linesFigure } from "../../src/plots/lines.js";
import { metricByBitsFigure } from "../../src/plots/metric-by-bits.js";
import { precisionAtFigure } from "../../src/plots/precision-at.js";
import { precisionRecallFigure } from "../../src/plots/precision-recall.js";
import { recallAtFigure } from "../../src/plots/recall-at.js";
import { scheduleFigure } from "../../src/plots/schedule.js";

// biome-ignore lint/suspicious/noExplicitAny: plotly's attributes are open-ended
type Any = any;

describe("figureNumbers", () => {
  it("shortens numbers and leaves out what is none", () => {
    expect(figureNumbers(Float32Array.of(0.1, Number.NaN, 123456.789, Number.POSITIVE_INFINITY))).toEqual([
      0.1,
      null,
      123460,
      null,
    ]);
  });
});

describe("precisionRecallFigure", () => {
  it("draws one line a curve, in the order given, with the radius on hover", () => {
    const points = [0, 1, 2].map(radius => ({ radius, recall: radius / 2, precision: 1 - radius / 4 }));
    const { data, layout }: Any = precisionRecallFigure([{ method: "HashNet", bits: 16, points }]);
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      name: "HashNet, 16 bits",
      x: [0, 0.5, 1],
      y: [1, 0.75, 0.5],
      customdata: [0, 1, 2],
    });
    expect([layout.xaxis.title.text, layout.yaxis.title.text]).toEqual(["recall", "precision (axis from 0.5)"]);
  });

  it("spans what the curves do, and says where an axis does not start at 0", () => {
    const points = [
      { recall: 0.66, precision: 0.84 },
      { recall: 1, precision: 0.1 },
    ];
    const { layout }: Any = precisionRecallFigure([{ method: "DCH", points }]);
    expect(layout.xaxis.title.text).toBe("recall (axis from 0.6)");
    expect([layout.xaxis.range[0] < 0.6, layout.xaxis.range[1] >= 1]).toEqual([true, true]);
    expect([layout.yaxis.title.text, layout.yaxis.range[1] < 0.92]).toEqual(["precision", true]);
    expect(layout.yaxis.range[0]).toBe(0); // a tenth is not worth a broken axis
    const narrow: Any = precisionRecallFigure([{ method: "DCH", points: [{ recall: 0.31, precision: 0.84 }] }]);
    expect(narrow.layout.xaxis.range.map((x: number) => x.toFixed(2))).toEqual(["0.30", "0.35"]);
    const whole: Any = precisionRecallFigure([{ method: "DCH", points }], { range: "unit" });
    expect([whole.layout.xaxis.title.text, whole.layout.xaxis.range]).toEqual(["recall", [0, 1.02]]);
  });

  it("refuses to draw nothing", () => {
    expect(() => precisionRecallFigure([])).toThrow(InputError);
  });
});

describe("precisionAtFigure", () => {
  it("takes a logarithmic axis for a wide range of N only", () => {
    const wide: Any = precisionAtFigure([{ method: "DCH", n: [1, 1000], precision: [1, 0.5] }]);
    const narrow: Any = precisionAtFigure([{ method: "DCH", n: [1, 10], precision: [1, 0.5] }]);
    expect(wide.layout.xaxis.type).toBe("log");
    expect(narrow.layout.xaxis.type).toBeUndefined();
  });
});

describe("figures over N", () => {
  it("have a band where there are several seeds, and say where their axis starts", () => {
    const curve = { method: "DCH", bits: 16, n: [1, 10], deviation: [0.01, 0.04] };
    const { data, layout }: Any = precisionAtFigure([{ ...curve, precision: [0.9, 0.8] }]);
    expect(data[0]).toMatchObject({
      fill: "toself",
      x: [1, 10, 10, 1],
      y: [0.91, 0.84, 0.76, 0.89],
      showlegend: false,
    });
    expect(data[1]).toMatchObject({ name: "DCH, 16 bits", y: [0.9, 0.8] });
    expect(layout.yaxis.title.text).toBe("precision at N (axis from 0.75)");
    const recall: Any = recallAtFigure([{ ...curve, recall: [0.001, 0.5] }]);
    expect([recall.layout.yaxis.title.text, recall.layout.yaxis.range[0]]).toEqual(["recall at N", 0]);
    expect(recall.data[0].y).toEqual([0.011, 0.54, 0.46, 0]); // never below 0
  });
});

describe("metricByBitsFigure over seeds", () => {
  it("has bars on an axis that holds them and says where it starts", () => {
    const values = [16, 32].map(bits => ({ method: "DCH", bits, value: bits / 40, deviation: 0.03 }));
    const { data, layout }: Any = metricByBitsFigure(values, { metric: "mAP@5000" });
    expect(data[0].error_y.array).toEqual([0.03, 0.03]);
    expect(layout.yaxis.title.text).toBe("mAP@5000 (axis from 0.3)");
    expect(layout.yaxis.range[0]).toBeLessThan(0.37);
    expect(layout.yaxis.range[1]).toBeGreaterThan(0.83);
    const seconds: Any = metricByBitsFigure([{ method: "DCH", bits: 16, value: 40 }], { metric: "seconds" });
    expect([seconds.layout.yaxis.title.text, seconds.layout.yaxis.rangemode]).toEqual(["seconds", "tozero"]);
  });
});

describe("learningCurvesFigure", () => {
  it("counts epochs from 1 and adds a panel when there is validation", () => {
    const without: Any = learningCurvesFigure([{ method: "DCH", loss: [3, 2, 1] }]);
    expect(without.data[0]).toMatchObject({ x: [1, 2, 3], y: [3, 2, 1] });
    expect(without.layout.yaxis2).toBeUndefined();
    const validation = { epoch: [2, 3], mAP: [0.5, 0.6] };
    const { data, layout }: Any = learningCurvesFigure([{ method: "DCH", loss: [3, 2, 1], validation }]);
    expect(data[1]).toMatchObject({ yaxis: "y2", x: [2, 3], y: [0.5, 0.6] });
    expect(layout.yaxis2.domain[1]).toBeLessThan(layout.yaxis.domain[0]);
  });
});

describe("names in legends", () => {
  it("tell seeds of one method and length apart, and whatever else is equal", () => {
    const { data }: Any = learningCurvesFigure([
      { method: "DCH", bits: 48, seed: 0, loss: [2, 1] },
      { method: "DCH", bits: 48, seed: 1, loss: [2, 1] },
      { method: "HashNet", bits: 48, seed: 0, loss: [2, 1] },
    ]);
    expect(data.map((t: Any) => t.name)).toEqual(["DCH, 48 bits, seed 0", "DCH, 48 bits, seed 1", "HashNet, 48 bits"]);
    expect(data[0].line.dash).not.toBe(data[1].line.dash);
    const lines: Any = linesFigure(
      [
        { name: "DCH", x: [0], y: [1] },
        { name: "DCH", x: [0], y: [2] },
      ],
      { xAxis: "x", yAxis: "y" },
    );
    expect(lines.data.map((t: Any) => t.name)).toEqual(["DCH", "DCH (2)"]);
    expect(distinctNames(["a", "a", "a (2)", "a"])).toEqual(["a", "a (3)", "a (2)", "a (4)"]);
  });
});

describe("scheduleFigure", () => {
  it("draws stairs over the steps given", () => {
    const { data }: Any = scheduleFigure([1, 1.41], { steps: [0, 200] });
    expect(data[0]).toMatchObject({ x: [0, 200], y: [1, 1.41], line: { shape: "hv" } });
  });
});

describe("featureMapFigure", () => {
  const labels = Int32Array.from({ length: 100 }, (_, i) => (i < 80 ? 0 : 2));
  const points = { data: Float32Array.from({ length: 200 }, (_, i) => i), shape: [100, 2] };

  it("gives each class that occurs its points under its name", () => {
    const { data }: Any = featureMapFigure(points, labels, ["a", "b", "c"]);
    expect(data.map((t: Any) => [t.name, t.x.length])).toEqual([
      ["a", 80],
      ["c", 20],
    ]);
    expect([data[1].x[0], data[1].y[0]]).toEqual([160, 161]);
  });

  it("thins out all classes alike", () => {
    const { data }: Any = featureMapFigure(points, labels, ["a", "b", "c"], { maxPoints: 50 });
    expect(data.map((t: Any) => t.x.length)).toEqual([40, 10]);
  });

  it("draws what has several classes for each, and what has none in grey", () => {
    const sets = multiHotLabels({ data: Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 0, 0), shape: [3, 3] });
    const { data }: Any = featureMapFigure({ data: points.data.slice(0, 6), shape: [3, 2] }, sets, ["a", "b", "c"]);
    expect(data.map((t: Any) => [t.name, Array.from(t.x)])).toEqual([
      ["class not known", [4]],
      ["a", [0]],
      ["b", [0]],
      ["c", [2]],
    ]);
  });

  it("says what does not fit", () => {
    expect(() => featureMapFigure(points, labels.subarray(1), ["a", "b", "c"])).toThrow(/\(99, 2\).*\(100, 2\)/);
    expect(() => featureMapFigure(points, labels, ["a", "b"])).toThrow(/labels in 0\.\.1.*2 at row 80/);
  });
});

describe("bitBalanceFigure", () => {
  it("draws bars from one half to the share", () => {
    const { data }: Any = bitBalanceFigure([{ method: "DCH", fractions: [0.75, 0.25] }]);
    expect(data[0]).toMatchObject({ base: 0.5, y: [0.25, -0.25], customdata: [0.75, 0.25] });
  });
});

describe("distanceHistogramFigure", () => {
  it("makes each hill a share of its own pairs", () => {
    const { data }: Any = distanceHistogramFigure({ same: [3, 1, 0], different: [0, 10, 30] });
    expect(data[0].y).toEqual([0.75, 0.25, 0]);
    expect(data[1].y).toEqual([0, 0.25, 0.75]);
  });

  it("draws zeros where there are no pairs, and refuses unequal lengths", () => {
    const { data }: Any = distanceHistogramFigure({ same: [0, 0], different: [1, 1] });
    expect(data[0].y).toEqual([0, 0]);
    expect(() => distanceHistogramFigure({ same: [1], different: [1, 2] })).toThrow(InputError);
  });
});

describe("metricByBitsFigure", () => {
  it("sorts by bits, and draws a method without bits across all of them", () => {
    const { data, layout }: Any = metricByBitsFigure([
      { method: "DCH", bits: 64, value: 0.8, deviation: 0.01 },
      { method: "DCH", bits: 16, value: 0.7, deviation: 0.02 },
      { method: "cosine", value: 0.5 },
    ]);
    expect(data[0]).toMatchObject({ x: [16, 64], y: [0.7, 0.8], error_y: { array: [0.02, 0.01] } });
    expect(data[1]).toMatchObject({ x: [16, 64], y: [0.5, 0.5], mode: "lines" });
    expect(layout.xaxis.tickvals).toEqual([16, 64]);
  });
});

describe("heatmapFigure", () => {
  it("keeps rows in order, row 0 on top, and a signed scale symmetric", () => {
    const matrix = { data: Float32Array.of(1, -3, 2, 0, 0, 1), shape: [2, 3] };
    const { data, layout }: Any = heatmapFigure(matrix, { scale: "signed" });
    expect(data[0]).toMatchObject({
      z: [
        [1, -3, 2],
        [0, 0, 1],
      ],
      zmin: -3,
      zmax: 3,
    });
    expect(layout.yaxis.autorange).toBe("reversed");
  });

  it("colours from the least to the greatest value there is, missing ones apart", () => {
    const matrix = { data: Float64Array.of(0.2, Number.NaN, 0.7, 0.3), shape: [2, 2] };
    const { data }: Any = heatmapFigure(matrix);
    expect(data[0]).toMatchObject({
      zmin: 0.2,
      zmax: 0.7,
      z: [
        [0.2, null],
        [0.7, 0.3],
      ],
    });
    const constant: Any = heatmapFigure({ data: Float64Array.of(0.5), shape: [1, 1] });
    expect([constant.data[0].zmin, constant.data[0].zmax]).toEqual([0, 0.5]);
  });

  it("writes values into few cells, small ones too, and none into many", () => {
    const { data }: Any = heatmapFigure({ data: Float64Array.of(3e-4, 0.5, 12, 0.123), shape: [2, 2] });
    expect(data[0].text).toEqual([
      ["0.00030", "0.5"],
      ["12", "0.12"],
    ]);
    const many: Any = heatmapFigure({ data: new Float64Array(169), shape: [13, 13] });
    expect(many.data[0].text).toBeUndefined();
  });

  it("names rows and columns, as many as there are", () => {
    const matrix = { data: new Float64Array(6), shape: [2, 3] };
    const names = { rowNames: ["a", "b"], columnNames: ["c", "d", "e"] };
    const { layout }: Any = heatmapFigure(matrix, names);
    expect([layout.yaxis.ticktext, layout.xaxis.ticktext]).toEqual([names.rowNames, names.columnNames]);
    expect(() => heatmapFigure(matrix, { rowNames: ["a"] })).toThrow(/row axis.*expected 2; found 1/);
  });

  it("leaves the diagonal of a correlation out, and shows the strongest of the others in full colour", () => {
    const { data }: Any = bitCorrelationFigure({ data: Float64Array.of(1, -0.4, -0.4, 1), shape: [2, 2] });
    expect(data[0]).toMatchObject({
      z: [
        [null, -0.4],
        [-0.4, null],
      ],
      zmin: -0.4,
      zmax: 0.4,
    });
  });

  it("refuses what is no matrix", () => {
    expect(() => heatmapFigure({ data: new Float32Array(3), shape: [3] })).toThrow(/\(rows, columns\).*\(3\)/);
  });
});

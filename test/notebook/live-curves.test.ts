import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type DisplayContent, offerCellHost } from "../../src/core/cell-host.js";
import { plotlyType } from "../../src/notebook/figure-bundle.js";
import { liveLearningCurves } from "../../src/notebook/live-curves.js";
import { trainingFigure } from "../../src/plots/training-figure.js";
import type { EpochRecord, StepRecord } from "../../src/training/history.js";

type AnyLayout = { title: { text: string }; height: number } & Record<string, { range: number[] }>;

const sent: { content: DisplayContent; update: boolean }[] = [];
let cell = {};
vi.mock("../../src/notebook/kernel-display.js", () => ({
  runningCell: () => cell,
  sendToCell: (content: DisplayContent, update: boolean) => {
    sent.push({ content, update });
    return true;
  },
}));
beforeEach(() => {
  sent.length = 0;
});

/** Waits for pictures that no training waits for, until so many have come. */
async function shown(count: number): Promise<void> {
  while (sent.length < count) await new Promise(resolve => setTimeout(resolve, 5));
}

const STEPS_AN_EPOCH = 4;
const stepsOf = (epochs: number): StepRecord[] =>
  Array.from({ length: epochs * STEPS_AN_EPOCH }, (_, step) => {
    return { step, loss: 2 / (step + 1), beta: 1 + step / 10, quantisation: 0.5 };
  });
const epochsOf = (count: number, validated = true): EpochRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ epoch: i + 1, loss: 1 / (i + 1), learningRate: 1e-3, quantisation: 0.5 },
    ...(validated ? { validationMAP: 0.5, bitImbalance: 0.1, bitCorrelation: 0.2 } : {}),
  }));

describe("trainingFigure", () => {
  const namesOf = (figure: { data: object[] }): string[] => figure.data.map(trace => (trace as { name: string }).name);

  it("has a panel for each value that is known, over the epochs", () => {
    const figure = trainingFigure(epochsOf(3), stepsOf(3));
    const validated = ["validation mAP", "bit imbalance", "bit correlation"];
    expect(namesOf(figure)).toEqual(["loss", "β", "quantisation error", ...validated]);
    expect(namesOf(trainingFigure(epochsOf(3, false), stepsOf(3)))).toEqual(["loss", "β", "quantisation error"]);
    const [loss, , , mAP] = figure.data as { x: number[]; y: number[] }[];
    expect([loss.x[0], loss.x.at(-1)]).toEqual([1 / STEPS_AN_EPOCH, 3]);
    expect(mAP.x).toEqual([1, 2, 3]);
  });

  it("marks the epochs that were validated where others were not", () => {
    const some = [...epochsOf(1, false), ...epochsOf(3).slice(1)];
    const modesOf = (figure: { data: object[] }): string[] =>
      figure.data.map(trace => (trace as { mode: string }).mode);
    const ofSteps = ["lines", "lines", "lines"];
    expect(modesOf(trainingFigure(some, stepsOf(3)))).toEqual([...ofSteps, ...Array(3).fill("lines+markers")]);
    expect(modesOf(trainingFigure(epochsOf(3), stepsOf(3)))).toEqual([...ofSteps, ...ofSteps]);
  });

  it("keeps places for what will be validated: the same axes before the first validation as after it", () => {
    const planned = { epochs: 3, steps: 30, largestBeta: 1, validated: true };
    const axesOf = (figure: { layout: object }): string[] =>
      Object.keys(figure.layout).filter(name => /^[xy]axis/.test(name));
    const before = trainingFigure(epochsOf(1, false), stepsOf(1), { planned });
    const after = trainingFigure([...epochsOf(1, false), ...epochsOf(3).slice(1)], stepsOf(3), { planned });
    expect(namesOf(before)).toEqual(namesOf(after));
    expect(axesOf(before)).toEqual(axesOf(after));
  });

  it("lays panels beside each other, none over another", () => {
    const layout = trainingFigure(epochsOf(2), stepsOf(2)).layout as Record<string, { domain: [number, number] }>;
    const boxes = ["", "2", "3", "4", "5", "6"].map(n => [layout[`xaxis${n}`].domain, layout[`yaxis${n}`].domain]);
    boxes.forEach(([x, y], i) => {
      expect(Math.min(...x, ...y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...x, ...y)).toBeLessThanOrEqual(1);
      for (const [otherX, otherY] of boxes.slice(i + 1)) {
        const apart = (a: number[], b: number[]): boolean => a[1] < b[0] || b[1] < a[0];
        expect(apart(x, otherX) || apart(y, otherY)).toBe(true);
      }
    });
  });

  it("refuses to draw nothing", () => {
    expect(() => trainingFigure([], [])).toThrow(/no epoch/);
  });
});

/** What is written in a picture, in order. */
const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(match => match[1]);

describe("liveLearningCurves", () => {
  it("keeps to one display, replaced in place, and draws the last state at the end", async () => {
    const curves = liveLearningCurves({ title: "HashNet", interval: 3600 });
    await curves.onEpoch(epochsOf(1), stepsOf(1));
    await shown(1);
    await curves.onEpoch(epochsOf(2), stepsOf(2));
    await curves.onEpoch(epochsOf(3), stepsOf(3));
    expect(sent).toHaveLength(1); // the others came within the interval
    await curves.finish();
    await curves.finish();
    expect(sent.map(({ update }) => update)).toEqual([false, true]);
    const [first, last] = sent.map(({ content }) => content);
    expect(last.transient.display_id).toBe(first.transient.display_id);
    const drawn = last.data["application/vnd.plotly.v1+json"] as unknown as { data: { x: number[] }[] };
    expect(drawn.data[0].x.at(-1)).toBe(3);
    expect(last.data["image/svg+xml"]).toContain("<svg");
    expect(last.data["text/plain"]).toBe("[HashNet: 3 epochs, loss 0.333, validation mAP 0.500]");
  });

  it("holds no training up: nothing is drawn before it goes on, and what comes meanwhile is left out", async () => {
    const curves = liveLearningCurves({ title: "DCH", interval: 0 });
    for (let epoch = 1; epoch <= 3; epoch++) await curves.onEpoch(epochsOf(epoch), stepsOf(epoch));
    expect(sent).toHaveLength(0);
    await shown(1);
    expect(sent[0].content.data["text/plain"]).toContain("[DCH: 1 epoch,");
    await curves.onEpoch(epochsOf(4), stepsOf(4));
    await curves.finish();
    expect(sent.map(({ content }) => content.data["text/plain"]).at(-1)).toContain("[DCH: 4 epochs,");
  });

  it("stands on the axes of the whole training, says what is left, and ends by itself with the same size", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const planned = { epochs: 4, steps: 4 * STEPS_AN_EPOCH, largestBeta: 10 };
      const curves = liveLearningCurves({ interval: 1 });
      for (let epoch = 1; epoch <= 4; epoch++) {
        await curves.onEpoch(epochsOf(epoch), stepsOf(epoch), planned);
        await shown(epoch);
        vi.advanceTimersByTime(3000);
      }
      await curves.finish();
    } finally {
      vi.useRealTimers();
    }
    const pictures = sent.map(({ content }) => textsOf(content.data["image/svg+xml"] as string));
    expect(pictures.map(texts => texts.filter(text => text.startsWith("training")))).toEqual([
      ["training: epoch 1 of 4"],
      ["training: epoch 2 of 4, 6.0 s left"],
      ["training: epoch 3 of 4, 3.0 s left"],
      ["training"],
    ]);
    const ticks = pictures.map(texts => texts.filter(text => !text.startsWith("training")));
    expect(ticks[0].length).toBeGreaterThan(20);
    for (const labels of ticks) expect(labels).toEqual(ticks[0]);
    const { layout } = sent[3].content.data[plotlyType] as { layout: AnyLayout };
    expect([layout.xaxis.range, layout.yaxis2.range, layout.yaxis4.range]).toEqual([
      [0, 4],
      [0, 10.5],
      [0, 1],
    ]);
  });

  it("is a still picture until it ends: JupyterLab would leave a live figure as it was first", async () => {
    const planned = { epochs: 3, steps: 3 * STEPS_AN_EPOCH, largestBeta: 10 };
    const curves = liveLearningCurves({ interval: 0 });
    for (let epoch = 1; epoch <= 3; epoch++) {
      await curves.onEpoch(epochsOf(epoch), stepsOf(epoch), planned);
      await shown(epoch);
    }
    expect(plotlyType in sent[0].content.data).toBe(false);
    expect(plotlyType in (sent.at(-1)?.content.data ?? {})).toBe(true);
  });

  it("gives each training a figure of its own, under the cell that trains", async () => {
    const planned = { epochs: 2, steps: 2 * STEPS_AN_EPOCH, largestBeta: 10 };
    const curves = liveLearningCurves({ interval: 0 });
    const train = async (epochs: number): Promise<void> => {
      const before = sent.length;
      for (let epoch = 1; epoch <= epochs; epoch++) {
        await curves.onEpoch(epochsOf(epoch), stepsOf(epoch), planned);
        await shown(before + epoch);
      }
    };
    await train(2);
    await train(1);
    cell = {};
    await train(2);
    const places = [...new Set(sent.map(({ content }) => content.transient.display_id))];
    expect(places).toHaveLength(3);
    for (const place of places) {
      const own = sent.filter(({ content }) => content.transient.display_id === place);
      expect(own.map(({ update }) => update)).toEqual(own.map((_, i) => i > 0));
    }
  });

  describe("in a cell that is interrupted", () => {
    let controller: AbortController;
    beforeEach(() => {
      controller = new AbortController();
      offerCellHost({ display: () => {}, clearOutput: () => {}, signal: controller.signal });
    });
    afterEach(() => {
      Reflect.deleteProperty(globalThis, Symbol.for("hashbook.cell-host"));
    });
    const planned = { epochs: 9, steps: 9 * STEPS_AN_EPOCH, largestBeta: 10 };

    it("end as a live figure that says where, with all finished epochs, and stay so", async () => {
      const curves = liveLearningCurves({ title: "DCH", interval: 3600 });
      for (let epoch = 1; epoch <= 3; epoch++) {
        await curves.onEpoch(epochsOf(epoch), stepsOf(epoch), planned);
        await shown(1);
      }
      controller.abort();
      await curves.finish();
      await curves.onEpoch(epochsOf(4), stepsOf(4), planned); // news that were on their way
      await curves.finish();
      expect(sent).toHaveLength(2);
      const { data, transient } = sent[1].content;
      expect(transient.display_id).toBe(sent[0].content.transient.display_id);
      const drawn = data[plotlyType] as { data: { x: number[] }[]; layout: AnyLayout };
      expect(drawn.layout.title.text).toBe("DCH: interrupted after epoch 3");
      expect([drawn.data[0].x.at(-1), drawn.layout.xaxis.range]).toEqual([3, [0, 9]]);
      expect(data["text/plain"]).toBe("[DCH: interrupted after epoch 3: 3 epochs, loss 0.333, validation mAP 0.500]");
    });

    it("end so too when that comes while they are drawn: nothing live stands before the end", async () => {
      const curves = liveLearningCurves({ title: "DCH" });
      const drawing = curves.onEpoch(epochsOf(1), stepsOf(1), planned);
      controller.abort();
      await drawing;
      await curves.finish();
      expect(sent.map(({ content }) => content.data["text/plain"])).toEqual([
        "[DCH: interrupted after epoch 1: 1 epoch, loss 1.000, validation mAP 0.500]",
      ]);
    });

    it("are left alone when they have ended before", async () => {
      const curves = liveLearningCurves();
      await curves.onEpoch(epochsOf(9), stepsOf(9), planned);
      controller.abort();
      await new Promise(resolve => setTimeout(resolve, 20));
      expect(sent).toHaveLength(1);
    });
  });
});

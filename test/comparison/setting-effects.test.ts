import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effectFigure } from "../../src/comparison/effect-figure.js";
import { effectRows, effectSentences } from "../../src/comparison/effect-rows.js";
import { settingEffects } from "../../src/comparison/setting-effects.js";
import { isHamming } from "../../src/experiments/result.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { sweep } from "../../src/sweeps/sweep.js";
import { toyStudyData } from "../records/toy-study.js";

describe("settingEffects", () => {
  let folder: string;
  let study: StudyRecord;
  const home = process.env.HASHBOOK_HOME;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hashbook-effects-"));
    process.env.HASHBOOK_HOME = folder;
    study = await sweep(toyStudyData(), {
      methods: ["dch", "lsh"],
      bits: [8, 16],
      seeds: [0, 1, 2],
      settings: { epochs: 2, batch: 20, hidden: [8] },
      options: { dch: { gamma: [20, 5] } },
      onState: () => {},
    });
  });
  afterAll(() => {
    if (home === undefined) delete process.env.HASHBOOK_HOME;
    else process.env.HASHBOOK_HOME = home;
    rmSync(folder, { recursive: true, force: true });
  });

  it("holds the means of a setting's values, from the results of the runs, against the seeds", async () => {
    const effects = await settingEffects(study, { draws: 500 });
    expect(effects.map(({ title, setting, measure }) => [title, setting, measure].join(" "))).toEqual([
      "DCH bits mAP",
      "DCH bits P@H≤2",
      "DCH gamma mAP",
      "DCH gamma P@H≤2",
      "LSH (not learned) bits mAP",
      "LSH (not learned) bits P@H≤2",
    ]);
    const values = (bits: number, gamma: number): number[] =>
      study.runs.flatMap(({ record, result }) => {
        const { evaluation } = result!;
        const isIt = record.config.method === "dch" && record.bits === bits && record.config.options.gamma === gamma;
        return isIt && isHamming(evaluation) ? [evaluation.radius2.precision] : [];
      });
    const meanOf = (all: readonly number[]): number => all.reduce((sum, value) => sum + value, 0) / all.length;
    const ofGamma = effects[3];
    expect(ofGamma.levels.map(({ value }) => value)).toEqual(["5", "20"]);
    ofGamma.levels.forEach(({ value, mean }) => {
      expect(mean).toBeCloseTo(meanOf([...values(8, Number(value)), ...values(16, Number(value))]), 12);
    });
    expect(ofGamma.range).toBeCloseTo(Math.abs(ofGamma.levels[0].mean - ofGamma.levels[1].mean), 12);
    const squares = [8, 16].flatMap(bits =>
      [5, 20].flatMap(gamma => {
        const all = values(bits, gamma);
        return all.map(value => (value - meanOf(all)) ** 2);
      }),
    );
    expect(squares).toHaveLength(12);
    expect(ofGamma.noise).toBeCloseTo(Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / 8), 12);
    expect(ofGamma.points.map(({ value, others, seeds }) => [value, others, seeds])).toEqual([
      ["5", "bits=8", 3],
      ["20", "bits=8", 3],
      ["5", "bits=16", 3],
      ["20", "bits=16", 3],
    ]);
    for (const { pValue, corrected } of effects) expect(corrected).toBeGreaterThanOrEqual(pValue);
  });

  it("has rows, sentences and a figure of them", async () => {
    const effects = await settingEffects(study, { metrics: ["mAP"], draws: 500 });
    expect(effectRows(effects)[1]).toMatchObject({ method: "DCH", setting: "gamma", measure: "mAP" });
    const [told, untold] = [0.01, 0.2].map(corrected => effectSentences([{ ...effects[1], corrected }])[0]);
    expect(told).toMatch(/^DCH: \*\*gamma moves mAP by 0\.\d+\*\*, from 0\.\d+ at (5|20) to .* p = 0\.010\)\.$/);
    expect(untold).toMatch(/^DCH: no effect of gamma on mAP can be told .* p = 0\.200\)\.$/);
    const { data } = effectFigure(effects, { setting: "gamma", measure: "mAP" });
    expect(data.map(trace => (trace as { name: string }).name)).toEqual(["DCH, bits=8", "DCH, bits=16"]);
    expect(data[0]).toMatchObject({ x: ["5", "20"], error_y: { type: "data" } });
    expect(() => effectFigure(effects, { setting: "lambda", measure: "mAP" })).toThrow(/no effect of lambda on mAP/);
  });

  it("refuses a study in which nothing varies, and too few draws", async () => {
    const one = {
      ...study,
      runs: study.runs.filter(({ record }) => record.bits === 8 && record.config.method === "lsh"),
    };
    await expect(settingEffects(one)).rejects.toThrow(/no setting was varied/);
    await expect(settingEffects(study, { draws: 5 })).rejects.toThrow(/not enough draws/);
  });
});

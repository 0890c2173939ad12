import { describe, expect, it } from "vitest";
import type { Progress } from "../../src/core/progress.js";
import { duration, ProgressMeter, progressLine } from "../../src/core/progress.js";

const at: Progress = { task: "features", done: 1280, total: 10_000, unit: "images", rate: 71.34, secondsLeft: 122.2 };

describe("progressLine", () => {
  it("says count, rate and time left", () => {
    expect(progressLine(at)).toBe("features 1280/10000 images, 71.3 images/s, 2 min 2 s left");
    expect(progressLine({ ...at, rate: 712.6, note: "loss 0.31" })).toBe(
      "features 1280/10000 images, 713 images/s, 2 min 2 s left, loss 0.31",
    );
  });

  it("leaves out what is not known or over", () => {
    expect(progressLine({ ...at, done: 0, rate: 0, secondsLeft: Number.POSITIVE_INFINITY })).toBe(
      "features 0/10000 images",
    );
    expect(progressLine({ ...at, done: 10_000, secondsLeft: 0 })).toBe("features 10000/10000 images, 71.3 images/s");
  });
});

it.each([
  [0.04, "0.0 s"],
  [8.44, "8.4 s"],
  [9.97, "10 s"],
  [59.4, "59 s"],
  [59.6, "1 min 0 s"],
  [125, "2 min 5 s"],
  [3599.4, "59 min 59 s"],
  [3600, "1 h 0 min"],
  [4320, "1 h 12 min"],
  [7199, "2 h 0 min"],
])("duration of %d s is %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

describe("ProgressMeter", () => {
  it("counts only new work in the rate", async () => {
    const reports: Progress[] = [];
    const meter = new ProgressMeter("train", 200, "steps", progress => reports.push(progress), 100);
    await new Promise(resolve => setTimeout(resolve, 30));
    meter.report(150, "loss 0.5");
    const [{ rate, secondsLeft, ...rest }] = reports;
    expect(rest).toEqual({ task: "train", done: 150, total: 200, unit: "steps", note: "loss 0.5" });
    expect(rate).toBeGreaterThan(0);
    expect(rate).toBeLessThan(50 / 0.025);
    expect(secondsLeft).toBeCloseTo(50 / rate, 9);
  });

  it("knows no time left before the first unit, and needs no listener", () => {
    const reports: Progress[] = [];
    new ProgressMeter("train", 200, "steps", progress => reports.push(progress), 100).report(100);
    expect(reports[0]).toMatchObject({ rate: 0, secondsLeft: Number.POSITIVE_INFINITY });
    expect("note" in reports[0]).toBe(false);
    expect(() => new ProgressMeter("train", 1, "steps", undefined).report(1)).not.toThrow();
  });
});

import { describe, expect, it } from "vitest";
import type { Candidate } from "../../src/challenge/candidate.js";
import { learningKey } from "../../src/experiments/measure-learning.js";
import type { MachineSpeed, RunSize } from "../../src/experiments/run-estimate.js";
import { estimateLines, estimateRun, shortageOf } from "../../src/experiments/run-estimate.js";

const training = { method: "dch", bits: 64, epochs: 10, batch: 100 };
const cosine: Candidate = { name: "cosine", ranking: { ranking: "features" } };
const dch: Candidate = { name: "dch", training, ranking: { ranking: "asymmetric" } };
const again: Candidate = { ...dch, name: "dch, reciprocal", ranking: { ranking: "asymmetric", reciprocal: {} } };

const size: RunSize = {
  labelled: 10_000,
  tests: { "digix-test-a": { queries: 100, gallery: 1000 } },
  candidates: [cosine],
  folds: 5,
  heldOut: 0.2,
  workers: 2,
  duplicates: false,
};
const speed: MachineSpeed = {
  fingerprint: 0.03,
  features: { plain: { seconds: 0.01, dim: 512 } },
  learning: { [learningKey(dch)]: { once: 0.5, row: 1e-4, step: 0.004 } },
  rankings: {
    cosine: { once: 0.1, pair: 512e-9 },
    dch: { once: 0.2, pair: 64e-9 },
    "dch, reciprocal": { once: 0.3, pair: 64e-9 },
  },
};
const secondsOf = (candidates: readonly Candidate[], name: string, more: Partial<RunSize> = {}): number =>
  estimateRun({ ...size, candidates, ...more }, speed).steps.find(({ step }) => step === name)!.seconds;

describe("the estimate of a run", () => {
  it("counts the images of each part for each set of features, in time and on the disk", () => {
    const { steps, disk } = estimateRun(size, speed);
    const features = steps.filter(({ step }) => step.startsWith("features"));
    expect(features).toMatchObject([
      { step: "features plain of train_data", seconds: 100, disk: 4 * 512 * 10_000 },
      { step: "features plain of digix-test-a", seconds: 11, disk: 4 * 512 * 1100 },
    ]);
    expect(disk).toBeGreaterThan(4 * 512 * 11_100);
  });

  it("counts a training that several candidates rank once, on what each fold leaves, several at a time", () => {
    // 8,000 rows, 80 steps an epoch, 10 epochs, 4 ms; five folds, two at a time; one fold is ranked six times more, timed
    const trained = (5 * (0.5 + 8000 * 1e-4 + 80 * 10 * 0.004)) / 2;
    const ranked = 11 * (0.2 + 400 * 1600 * 64e-9);
    expect(secondsOf([dch], "choose")).toBeCloseTo(trained + ranked, 6);
    const reciprocal = 11 * (0.3 + (400 * 1600 + 2000 ** 2) * 64e-9);
    expect(secondsOf([dch, again], "choose")).toBeCloseTo(trained + ranked + reciprocal, 6);
  });

  it("takes the slowest candidate for the end, which nobody knows yet", () => {
    expect(secondsOf([cosine, again], "train on all")).toBeCloseTo(0.5 + 1 + 100 * 10 * 0.004, 6);
    const reciprocal = 0.3 + (100 * 1000 + 1100 ** 2) * 64e-9;
    const features = 0.1 + 100 * 1000 * 512e-9;
    expect(secondsOf([cosine, again], "rank digix-test-a")).toBeCloseTo(Math.max(reciprocal, features), 9);
  });

  it("has the search for duplicates where it is asked for", () => {
    expect(estimateRun(size, speed).steps.map(({ step }) => step)).not.toContain("duplicates");
    expect(secondsOf([cosine], "duplicates", { duplicates: true })).toBeGreaterThan(300);
  });

  it("says what the machine lacks", () => {
    const estimate = estimateRun(size, speed);
    expect(shortageOf(estimate, { disk: 2 ** 40, memory: 2 ** 40 })).toEqual({});
    const short = shortageOf(estimate, { disk: 1000, memory: 2 ** 20 });
    expect(short.disk).toMatch(/MiB of disk are needed, about, and 1000 bytes are there/);
    expect(short.memory).toMatch(/GiB of memory are needed, about, and 1.0 MiB are there/);
    const lines = estimateLines(estimate, { disk: 2 ** 30, memory: 2 ** 33 });
    expect(lines[0]).toMatch(/^step +time +disk +memory$/);
    expect(lines.at(-1)).toMatch(/^there is +1\.0 GiB +8\.0 GiB$/);
  });
});

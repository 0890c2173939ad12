import { describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { resolveConfig } from "../../src/training/train-config.js";
import { trainHead } from "../../src/training/train-head.js";
import { epochsBetweenValidations } from "../../src/training/validated-epochs.js";
import { rows, toyData } from "./toy.js";

const config = resolveConfig({ method: "dch", bits: 12, hidden: [16], batch: 32, epochs: 10 });
const between = (query: number, database: number, changes: object = {}, asked?: number): number => {
  const training = { config: { ...config, ...changes }, batch: 128, stepsPerEpoch: 38 };
  return epochsBetweenValidations(training, { query: rows(0, query), database: rows(0, database) }, asked);
};

describe("epochs between validations", () => {
  it("are so many that rows encoded are at most two fifths of those trained on", () => {
    for (const [query, database] of [
      [250, 8750],
      [100, 1000],
      [1, 1],
      [1000, 59_000],
    ]) {
      const apart = between(query, database);
      expect((query + database) / (apart * 128 * 38)).toBeLessThanOrEqual(0.4);
      if (apart > 1) expect((query + database) / ((apart - 1) * 128 * 38)).toBeGreaterThan(0.4);
    }
  });

  it("are 1 where validation decides, and as asked", () => {
    const deciding = [{ patience: 3 }, { keep: "best" }, { schedule: { ...config.schedule, kind: "plateau" } }];
    for (const changes of deciding) {
      expect(between(250, 8750, changes)).toBe(1);
      expect(between(250, 8750, changes, 1)).toBe(1);
      expect(() => between(250, 8750, changes, 2)).toThrow(
        /validateEvery cannot be this.*look at every epoch.*found 2/,
      );
    }
    expect(between(250, 8750, {}, 7)).toBe(7);
    for (const asked of [0, -1, 1.5, Number.NaN]) expect(() => between(9, 9, {}, asked)).toThrow(/whole number/);
  });
});

describe("a training", () => {
  const { features, labels } = toyData(1);
  const data = { features, labels, train: rows(0, 120), validation: { query: rows(120, 160), database: rows(0, 120) } };
  const engine = onnxEngine("cpu", { threads: 1 });

  it("is validated in every so manieth epoch, the last among them, with the values of one validated in all", async () => {
    const all = await trainHead(data, config, { engine, validateEvery: 1 });
    const some = await trainHead(data, config, { engine });
    expect(all.epochs.every(({ validationMAP }) => validationMAP !== undefined)).toBe(true);
    expect(some.epochs.flatMap(({ epoch, validationMAP }) => (validationMAP === undefined ? [] : epoch))).toEqual([
      2, 6, 10,
    ]);
    for (const { epoch, ...record } of some.epochs) {
      const { validationMAP, bitImbalance, bitCorrelation, ...trained } = all.epochs[epoch - 1];
      const validated = epoch % 4 === 2 ? { validationMAP, bitImbalance, bitCorrelation } : {};
      expect({ epoch, ...record }).toEqual({ ...trained, ...validated });
    }
    const { validation: _, ...unwatched } = data;
    await expect(trainHead(unwatched, config, { engine, validateEvery: 0 })).rejects.toThrow(/whole number/);
    expect(some.head).toEqual(all.head);
    expect(some.best!.validationMAP).toBe(Math.max(...[1, 5, 9].map(at => all.epochs[at].validationMAP!)));
  });
});

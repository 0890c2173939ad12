import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { checkSchema } from "../../src/core/check-schema.js";
import { cosineBaseline } from "../../src/experiments/baselines.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { METHOD_NAMES, METHODS } from "../../src/methods/known-methods.js";
import { loadModel } from "../../src/methods/model-file.js";
import { toyExperiment } from "./toy-experiment.js";

const engine = onnxEngine("cpu", { threads: 1 });
const { featureSet, split } = toyExperiment();
const { features } = featureSet;
const data = { featureSet, split, engine };
// 12 bits: not a power of two, and as many as the features have dimensions
const training = { bits: 12, hidden: [16], batch: 40, epochs: 60, learningRate: 5e-3 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-methods-"));
});
afterAll(async () => rm(folder, { recursive: true }));

describe("the known methods", () => {
  it("have names and titles of their own, and options that are declared well", () => {
    expect(new Set(METHOD_NAMES).size).toBe(METHODS.length);
    expect(new Set(METHODS.map(({ title }) => title)).size).toBe(METHODS.length);
    for (const { name, options } of METHODS) checkSchema(options, { of: name });
  });

  it.each(METHODS.map(method => [method.name, method] as const))(
    "%s: computes codes, better ones than chance (or the features), that its stored model gives again",
    async (_, method) => {
      const bits = (method.kind === "fitted" ? method.bitsOf?.(4) : undefined) ?? training.bits;
      const settings = method.kind === "trained" ? { ...training, method } : { method, bits };
      const { record, codes, folder: place } = await runExperiment(data, settings, { engine, folder });
      const map = record.evaluation.mAP.all.tieAware;
      // four classes: chance is 1/4; what is trained sees the classes, and beats the features themselves
      const floor =
        method.kind === "trained" ? (await cosineBaseline(data, { engine })).evaluation.mAP.all.tieAware : 0.28;
      expect(map).toBeGreaterThan(floor);
      const stored = await loadModel(place);
      expect(packCodes(binarize(await encodeFeatures(features, stored, { engine }))).data).toEqual(codes.data);
    },
  );
});

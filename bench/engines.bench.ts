/**
 * Compiled against eager: the same tfjs function, once traced into an ONNX graph that onnxruntime runs (what hashbook
 * does on a CPU), once operation by operation on tfjs' own fastest CPU backend, wasm with SIMD (the peer; it has no
 * threads in Node). Both see the same numbers, and have to agree before the clock runs. A third column gives the
 * compiled program one thread, to tell what compiling buys from what a second core buys. PyTorch is the peer in
 * bench/train.
 */
import type { Tensor4D } from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBackbone } from "../src/backbone/open-backbone.js";
import { openEngine } from "../src/compute/engine.js";
import type { Engine, Program } from "../src/compute/program.js";
import { Random } from "../src/core/random.js";
import { stepsACall } from "../src/training/steps-a-call.js";

import type { Timing } from "./measure.js";
import { measure } from "./measure.js";
import type { BenchRow } from "./results.js";
import { publish, relativeDifference } from "./results.js";
import { benchTraining } from "./training-step.js";

const METHODS = ["hashnet", "dch"];
/** What {@link stepsACall} gives for this head and batch. */
const STEPS = stepsACall(128, 2048 * 256 + 256 * 48);
const CANDIDATES = ["compiled", "compiledOneThread", "eager"] as const;
type Candidate = (typeof CANDIDATES)[number];

const rows: BenchRow[] = [];
let engines: Record<Candidate, Engine>;

beforeAll(async () => {
  engines = {
    compiled: await openEngine({ engine: "cpu" }),
    compiledOneThread: await openEngine({ engine: "cpu", threads: 1 }),
    eager: await openEngine({ engine: "wasm" }),
  };
});

afterAll(() => {
  if (rows.length === 3) publish(rows);
});

async function forEach<Value>(make: (engine: Engine) => Promise<Value>): Promise<Record<Candidate, Value>> {
  const made: Partial<Record<Candidate, Value>> = {};
  for (const name of CANDIDATES) made[name] = await make(engines[name]);
  return made as Record<Candidate, Value>;
}

/** The time of each of several things that one call does. */
function shared({ median, least, quartiles: [low, high], calls }: Timing, by: number): Timing {
  return { median: median / by, least: least / by, quartiles: [low / by, high / by], calls };
}

describe("training step", () => {
  it.each(METHODS)("%s", async method => {
    const trainings = await forEach(engine => benchTraining(engine, method));
    const losses = await forEach(async () => [] as number[]);
    for (const name of CANDIDATES) losses[name] = await trainings[name].run(30);
    // The losses of thirty steps: gradients and Adam have to agree too, or they would drift apart.
    const difference = Math.max(
      relativeDifference(losses.compiled, losses.eager),
      relativeDifference(losses.compiledOneThread, losses.eager),
    );
    expect(difference).toBeLessThan(1e-3);
    expect(losses.eager[29]).toBeLessThan(losses.eager[0]);
    const { compiled, compiledOneThread, eager } = trainings;
    const timings = await measure(
      {
        compiled: () => compiled.run(STEPS),
        compiledOneThread: () => compiledOneThread.run(STEPS),
        eager: () => eager.run(STEPS),
      },
      { turns: 5, calls: 3 },
    );
    const work = `${method === "hashnet" ? "HashNet" : "DCH"} step, batch 128, 2048→256→48, Adam`;
    rows.push({
      work,
      unit: "ms/step",
      compiled: shared(timings.compiled, STEPS),
      compiledOneThread: shared(timings.compiledOneThread, STEPS),
      eager: shared(timings.eager, STEPS),
      difference,
    });
    for (const name of CANDIDATES) await trainings[name].dispose();
  });
});

it("backbone", async () => {
  const backbone = await openBackbone("efficientnet-lite0");
  const { crop } = backbone.preprocessing;
  const batch = 8;
  const images = new Random(0).uniforms(batch * crop * crop * 3, -2, 2);
  const programs = await forEach<Program>(engine =>
    engine.prepare({
      inputs: { images: { shape: [batch, crop, crop, 3], dtype: "float32" } },
      constants: backbone.weights,
      body: tensors => ({ features: backbone.forward(tensors.images as Tensor4D, tensors) }),
    }),
  );
  const features = {} as Record<Candidate, Float32Array>;
  for (const name of CANDIDATES) features[name] = (await programs[name].run({ images })).features.data;
  const difference = Math.max(
    relativeDifference(features.compiled, features.eager),
    relativeDifference(features.compiledOneThread, features.eager),
  );
  expect(difference).toBeLessThan(1e-4);
  const { compiled, compiledOneThread, eager } = programs;
  const timings = await measure(
    {
      compiled: () => compiled.run({ images }),
      compiledOneThread: () => compiledOneThread.run({ images }),
      eager: () => eager.run({ images }),
    },
    { turns: 5, calls: 4 },
  );
  rows.push({
    work: `EfficientNet-Lite0, ${crop}², batch ${batch}`,
    unit: "ms/image",
    compiled: shared(timings.compiled, batch),
    compiledOneThread: shared(timings.compiledOneThread, batch),
    eager: shared(timings.eager, batch),
    difference,
  });
  for (const name of CANDIDATES) await programs[name].dispose();
});

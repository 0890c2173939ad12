import type { Engine, Program } from "../src/compute/program.js";
import { runSteps } from "../src/compute/program.js";
import type { NdArray } from "../src/core/arrays.js";
import { Random } from "../src/core/random.js";
import { initHead } from "../src/hashing/head.js";
import { resolveConfig } from "../src/training/train-config.js";
import { stepInputs, trainingStep } from "../src/training/training-step.js";

/** The head of a ResNet50 study: 2048 → 256 → 48, batch 128. */
const SHAPE = { items: 4000, dim: 2048, hidden: 256, bits: 48, batch: 128, classes: 10 };
/** The pairwise methods train the head and nothing else. */
const NOTHING_BESIDE = { constants: {}, trained: {}, running: {} };
/** Steps of the schedules; only their course matters here. */
const TOTAL = 1000;

/** A training on one engine. */
export interface BenchTraining {
  /** The losses of the next steps, done as `trainHead` does them. */
  run(steps: number): Promise<number[]>;
  dispose(): Promise<void>;
}

/**
 * The whole step of the product, as `trainHead` runs it: gather of the batch, head, pairwise loss, gradients, Adam.
 * Every training made by this function sees the same seeded data, batches and initial weights.
 */
export async function benchTraining(engine: Engine, method: string): Promise<BenchTraining> {
  const { items, dim, hidden, bits, batch, classes } = SHAPE;
  const random = new Random(0);
  const labels = Int32Array.from({ length: items }, (_, row) => row % classes);
  const features = classFeatures(labels, random);
  const config = resolveConfig({ method, bits, hidden: [hidden], batch });
  const head = { inputDim: dim, hidden: [hidden], bits, dropout: 0 };
  const parameters = initHead(head, random.stream("head"));
  const program: Program = await engine.prepare(
    trainingStep({ config, head, features, labels, classes, batch, parameters, beside: NOTHING_BESIDE }),
  );
  const order = random.stream("shuffles").permutation(items);
  const batches = Math.floor(items / batch);
  let done = 0;
  return {
    async run(steps) {
      const inputs = Array.from({ length: steps }, () => {
        const at = (done % batches) * batch;
        const rows = order.slice(at, at + batch);
        const place = { step: done % TOTAL, steps: TOTAL, stepsPerEpoch: TOTAL };
        const beta = config.method.sharpness?.(place, config.options) ?? 1;
        return stepInputs(
          { optimizer: config.optimizer, labels },
          { step: done++, rows, beta, learningRate: config.learningRate },
        );
      });
      return (await runSteps(program, inputs)).map(({ loss }) => loss.data[0]);
    },
    dispose: () => program.dispose(),
  };
}

/** Non-negative features as after a ReLU, with a part that tells the classes apart. (items, dim) */
function classFeatures(labels: Int32Array, random: Random): NdArray<Float32Array> {
  const { items, dim, classes } = SHAPE;
  const centres = random.uniforms(classes * dim, 0, 1);
  const data = random.uniforms(items * dim, 0, 1);
  for (let row = 0; row < items; row++) {
    for (let d = 0; d < dim; d++) data[row * dim + d] += 0.5 * centres[labels[row] * dim + d];
  }
  return { data, shape: [items, dim] };
}

// The training step of a ResNet-50 study: 2048 → 256 → 48, batch 128, Adam; seeded features of ten classes.
import { runSteps } from "../../lib/compute/program.js";
import { Random } from "../../lib/core/random.js";
import { initHead } from "../../lib/hashing/head.js";
import { resolveConfig } from "../../lib/training/train-config.js";
import { stepInputs, trainingStep } from "../../lib/training/training-step.js";
import { uniforms } from "./mixed.mjs";

const [ITEMS, DIM, CLASSES] = [5120, 2048, 10];
const HEAD = { inputDim: DIM, hidden: [256], bits: 48, dropout: 0 };
const NOTHING_BESIDE = { constants: {}, trained: {}, running: {} };

/** A training on an engine; `run` gives the losses of its next steps, done in one call. */
export async function openSteps(engine, method) {
  const config = resolveConfig({ method, bits: HEAD.bits, hidden: HEAD.hidden, learningRate: 1e-4 });
  const labels = Int32Array.from({ length: ITEMS }, (_, row) => row % CLASSES);
  const centres = uniforms(CLASSES * DIM, 1, 0, 0.5);
  const data = uniforms(ITEMS * DIM, 2, 0, 1).map(
    (v, at) => v + centres[(Math.floor(at / DIM) % CLASSES) * DIM + (at % DIM)],
  );
  const random = new Random(0);
  const parameters = initHead(HEAD, random.stream("head"));
  const features = { data, shape: [ITEMS, DIM] };
  const { batch } = config;
  const parts = { config, head: HEAD, features, labels, classes: CLASSES, batch, parameters, beside: NOTHING_BESIDE };
  const program = await engine.prepare(trainingStep(parts));
  const order = random.stream("order").permutation(ITEMS);
  let done = 0;
  const next = () => {
    const step = done++;
    const from = (step % (ITEMS / batch)) * batch;
    const beta =
      config.method.sharpness?.({ step: step % 1000, steps: 1000, stepsPerEpoch: 1000 }, config.options) ?? 1;
    return stepInputs(
      { optimizer: config.optimizer, labels },
      {
        step,
        rows: order.slice(from, from + batch),
        beta,
        learningRate: config.learningRate,
      },
    );
  };
  return {
    run: async steps => (await runSteps(program, Array.from({ length: steps }, next))).map(({ loss }) => loss.data[0]),
    dispose: () => program.dispose(),
  };
}

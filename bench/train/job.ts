import type { Engine } from "../../src/compute/program.js";
import { runSteps } from "../../src/compute/program.js";
import type { NdArray } from "../../src/core/arrays.js";
import { Random } from "../../src/core/random.js";
import { initHead } from "../../src/hashing/head.js";
import { epochBatches } from "../../src/training/batches.js";
import { stepsACall } from "../../src/training/steps-a-call.js";
import type { TrainConfig } from "../../src/training/train-config.js";
import { resolveConfig } from "../../src/training/train-config.js";
import { stepInputs, trainingStep } from "../../src/training/training-step.js";

/** Items to train on: features as a ResNet50 gives them. */
export const ITEMS = 5120;
const CLASSES = 10;
const DIM = 2048;
const EPOCHS = 10;
/** Low enough that rounding errors do not grow from step to step: at 1e-3 HashNet's losses part after 80 steps. */
const LEARNING_RATE = 1e-4;

/** A training laid down step by step, so that anyone can do the same. */
export interface BenchJob {
  readonly config: TrainConfig;
  /** (5120, 2048) */
  readonly features: NdArray<Float32Array>;
  readonly labels: Int32Array;
  /** (steps, batch) */
  readonly rows: Int32Array;
  /** (steps) */
  readonly betas: Float32Array;
  readonly parameters: Readonly<Record<string, NdArray<Float32Array>>>;
}

/** Seeded features with a part that tells the classes apart, batches of ten epochs, initial weights. */
export function benchJob(method: string, hidden: number, bits: number): BenchJob {
  const random = new Random(0);
  const config = resolveConfig({ method, bits, hidden: [hidden], learningRate: LEARNING_RATE });
  const labels = Int32Array.from({ length: ITEMS }, (_, row) => row % CLASSES);
  const centres = random.uniforms(CLASSES * DIM);
  const data = random.uniforms(ITEMS * DIM);
  for (let at = 0; at < data.length; at++) {
    data[at] += 0.5 * centres[labels[Math.floor(at / DIM)] * DIM + (at % DIM)];
  }
  const train = Int32Array.from(labels.keys());
  const epochs = Array.from({ length: EPOCHS }, (_, epoch) =>
    Array.from(
      epochBatches({ labels, train, batch: config.batch }, config.batches, random.stream(`batches of epoch ${epoch}`)),
    ),
  );
  const rows = Int32Array.from(epochs.flat());
  const steps = rows.length / config.batch;
  const betas = Float32Array.from({ length: steps }, (_, step) => {
    return config.method.sharpness?.({ step, steps, stepsPerEpoch: steps }, config.options) ?? 1;
  });
  const head = { inputDim: DIM, hidden: [hidden], bits, dropout: 0 };
  const parameters = initHead(head, random.stream("head"));
  return { config, features: { data, shape: [ITEMS, DIM] }, labels, rows, betas, parameters };
}

/** Floating-point operations of the matrix products of one step: forward, gradients, inner products of codes. */
export function stepOperations({ config }: BenchJob): number {
  const { batch, bits, hidden } = config;
  const layers = DIM * hidden[0] + hidden[0] * bits;
  return 2 * batch * (2 * layers + hidden[0] * bits + 2 * batch * bits);
}

/** The job on one of our engines. */
export class OurTraining {
  private done = 0;
  private constructor(
    private readonly job: BenchJob,
    private readonly program: Awaited<ReturnType<Engine["prepare"]>>,
  ) {}

  static async open(engine: Engine, job: BenchJob): Promise<OurTraining> {
    const { config, features, labels, parameters } = job;
    const head = { inputDim: DIM, hidden: config.hidden, bits: config.bits, dropout: 0 };
    const beside = { constants: {}, trained: {}, running: {} }; // the pairwise methods train the head and nothing else
    const parts = { config, head, features, labels, classes: CLASSES, batch: config.batch, parameters, beside };
    const definition = trainingStep(parts);
    return new OurTraining(job, await engine.prepare(definition));
  }

  /** The losses of the next steps, done in one call, as `trainHead` does them. */
  async run(steps: number): Promise<number[]> {
    const { config, labels, rows, betas } = this.job;
    const { batch, learningRate } = config;
    const inputs = Array.from({ length: steps }, () => {
      const at = this.done % betas.length;
      const picked = rows.slice(at * batch, (at + 1) * batch);
      return stepInputs(
        { optimizer: config.optimizer, labels },
        { step: this.done++, rows: picked, beta: betas[at], learningRate },
      );
    });
    return (await runSteps(this.program, inputs)).map(({ loss }) => loss.data[0]);
  }

  /** As `trainHead` asks for them. */
  get stepsACall(): number {
    const { batch, bits, hidden } = this.job.config;
    return stepsACall(batch, DIM * hidden[0] + hidden[0] * bits);
  }

  /** Milliseconds a step of each of some calls. */
  async time(calls: number, steps: number = this.stepsACall): Promise<number[]> {
    const times: number[] = [];
    for (let i = 0; i < calls; i++) {
      const started = performance.now();
      await this.run(steps);
      times.push((performance.now() - started) / steps);
    }
    return times;
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}

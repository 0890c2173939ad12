import type { Engine, FloatOrInt, Program } from "../compute/program.js";
import { runSteps } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import type { HeadConfig } from "../hashing/head.js";
import { drawDropoutMasks, initHead } from "../hashing/head.js";
import type { Head } from "../hashing/head-file.js";
import { continuationBeta } from "../methods/continuation.js";
import { batchesPerEpoch, epochBatches } from "./batches.js";
import type { Checkpoint } from "./checkpoint.js";
import { loadCheckpoint, saveCheckpoint, trainingKey } from "./checkpoint.js";
import type { BestEpoch, EpochRecord, StepRecord } from "./history.js";
import { bestEpoch, isPatienceOver } from "./history.js";
import type { PlateauState } from "./learning-rate.js";
import { afterEpoch, learningRateFactor, NO_PLATEAU } from "./learning-rate.js";
import type { TrainConfig } from "./train-config.js";
import type { TrainingData } from "./training-data.js";
import { checkTraining } from "./training-data.js";
import { stepInputs, trainingStep } from "./training-step.js";
import { openValidator } from "./validation.js";

/**
 * Steps an engine call. What a call costs (on onnxruntime mostly a copy of the state) is small beside so many, and a
 * call is still over within a second, so that progress shows and Ctrl-C is heard.
 */
export const STEPS_A_CALL: number = 16;

/** A head with the course of its training. */
export interface TrainedHead {
  /** The head after the last epoch, or after the best one when the config says `keep: "best"`. */
  readonly head: Head;
  readonly config: TrainConfig;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** The epoch with the highest validation mAP; undefined without validation. */
  readonly best: BestEpoch | undefined;
  /** Whether early stopping ended the training. */
  readonly stoppedEarly: boolean;
  /** Seconds of training, validation included, over all runs of a resumed training. */
  readonly seconds: number;
  /** Name of the engine it ran on. */
  readonly engine: string;
}

/** Who watches a training. */
export interface TrainListeners {
  readonly onProgress?: ProgressListener;
  /** Called and awaited after each epoch with all epochs so far, for live curves. */
  readonly onEpoch?: (epochs: readonly EpochRecord[], steps: readonly StepRecord[]) => void | Promise<void>;
}

/** Settings of {@link trainHead}. */
export interface TrainOptions extends TrainListeners {
  /** Where to write a checkpoint after each epoch. Default: nowhere. */
  readonly checkpoints?: string;
  /** Go on from the checkpoint that is there, if there is one. Default false: start anew. */
  readonly resume?: boolean;
}

/**
 * Trains a head on features by HashNet or DCH; a loss is taken over the pairs of each batch. The same data, config and
 * engine give bit-equal weights, also when the training was killed and taken up again.
 * @throws {InputError} when rows, labels or config do not fit, a feature is not finite, or the loss stops being so
 */
export async function trainHead(
  engine: Engine,
  data: TrainingData,
  config: TrainConfig,
  options: TrainOptions = {},
): Promise<TrainedHead> {
  checkTraining(data, config);
  const training = await Training.open(engine, data, config, options);
  try {
    await training.run();
    return training.result();
  } finally {
    await training.dispose();
  }
}

/** One training while it runs. */
class Training {
  private readonly random: Random;
  private readonly started = performance.now();
  private readonly steps: StepRecord[];
  private readonly epochs: EpochRecord[];
  private plateau: PlateauState;
  private best: Checkpoint["best"];
  private parameters: Record<string, NdArray<Float32Array>> = {};

  private constructor(
    private readonly engine: Engine,
    private readonly data: TrainingData,
    private readonly config: TrainConfig,
    private readonly options: TrainOptions,
    private readonly head: HeadConfig,
    private readonly batch: number,
    private readonly program: Program,
    private readonly validator: ReturnType<typeof openValidator>,
    private readonly key: string,
    private readonly resumed: Checkpoint | undefined,
  ) {
    this.random = new Random(config.seed);
    this.steps = [...(resumed?.steps ?? [])];
    this.epochs = [...(resumed?.epochs ?? [])];
    this.plateau = resumed?.plateau ?? NO_PLATEAU;
    this.best = resumed?.best;
  }

  static async open(engine: Engine, data: TrainingData, config: TrainConfig, options: TrainOptions): Promise<Training> {
    const { hidden, bits, dropout, batches } = config;
    const head: HeadConfig = { inputDim: data.features.shape[1], hidden, bits, dropout };
    const batch = Math.min(config.batch, batches.kind === "pairs" ? 2 * data.train.length : data.train.length);
    const key = options.checkpoints === undefined ? "" : trainingKey(config, engine.name, data);
    const folder = options.resume === true ? options.checkpoints : undefined;
    const resumed = folder === undefined ? undefined : await loadCheckpoint(folder, key);
    const parameters = initHead(head, new Random(config.seed).stream("head"));
    const { features, labels } = data;
    const definition = trainingStep({ config, head, features, labels, batch, parameters, state: resumed?.state });
    const program = await engine.prepare(definition);
    const validator = openValidator(engine, head, data);
    return new Training(engine, data, config, options, head, batch, program, validator, key, resumed);
  }

  private get stepsPerEpoch(): number {
    return batchesPerEpoch({ train: this.data.train, batch: this.batch }, this.config.batches);
  }

  private get total(): number {
    return this.stepsPerEpoch * this.config.epochs;
  }

  private get seconds(): number {
    return (this.resumed?.seconds ?? 0) + (performance.now() - this.started) / 1000;
  }

  private get stoppedEarly(): boolean {
    return isPatienceOver(this.epochs, this.config);
  }

  async run(): Promise<void> {
    const { config, options } = this;
    await this.readParameters();
    const task = `${config.method} ${config.bits} bits`;
    const meter = new ProgressMeter(task, this.total, "steps", options.onProgress, this.steps.length);
    while (this.epochs.length < config.epochs && !this.stoppedEarly) {
      await this.epoch(meter);
      if (options.checkpoints !== undefined) await this.save(options.checkpoints);
      await options.onEpoch?.(this.epochs, this.steps);
    }
  }

  private async epoch(meter: ProgressMeter): Promise<void> {
    const { data, config, batch, stepsPerEpoch } = this;
    const epoch = this.epochs.length;
    const source = { labels: data.labels, train: data.train, batch };
    const rows = epochBatches(source, config.batches, this.random.stream(`batches of epoch ${epoch}`));
    for (let done = 0; done < stepsPerEpoch; done += STEPS_A_CALL) {
      const first = this.steps.length;
      const inputs = Array.from({ length: Math.min(STEPS_A_CALL, stepsPerEpoch - done) }, (_, i) =>
        this.inputsOf(first + i, rows.slice((done + i) * batch, (done + i + 1) * batch)),
      );
      for (const [i, outputs] of (await runSteps(this.program, inputs)).entries()) {
        this.steps.push(this.recordOf(outputs, first + i));
      }
      meter.report(this.steps.length, `loss ${this.steps[this.steps.length - 1].loss.toFixed(4)}`);
    }
    await this.finishEpoch(this.steps.slice(-stepsPerEpoch));
  }

  private async finishEpoch(steps: readonly StepRecord[]): Promise<void> {
    await this.readParameters();
    const epoch = this.epochs.length + 1;
    const validated = await this.validator?.validate({
      parameters: this.parameters,
      beta: this.beta(this.steps.length),
    });
    const loss = mean(steps.map(record => record.loss));
    const quantisation = mean(steps.map(record => record.quantisation));
    const learningRate = this.learningRate(this.steps.length - 1);
    this.epochs.push({ epoch, loss, learningRate, quantisation, ...validated });
    this.plateau = afterEpoch(this.plateau, validated ? -validated.validationMAP : loss, this.config.schedule);
    if (bestEpoch(this.epochs)?.epoch === epoch) this.best = { epoch, parameters: this.parameters };
  }

  private inputsOf(step: number, rows: Int32Array): Record<string, FloatOrInt> {
    const { config, head, batch } = this;
    const masks = drawDropoutMasks(head, batch, this.random.stream(`dropout of step ${step}`));
    const values = { step, rows, beta: this.beta(step), learningRate: this.learningRate(step), dropoutMasks: masks };
    return stepInputs({ config, labels: this.data.labels }, values);
  }

  private recordOf(outputs: Awaited<ReturnType<Program["run"]>>, step: number): StepRecord {
    const loss = outputs.loss.data[0];
    if (!Number.isFinite(loss)) {
      throw new InputError(`the loss is ${loss} at step ${step}`, {
        expected: `a finite loss; the learning rate was ${this.learningRate(step)}: try a lower one`,
      });
    }
    return { step, loss, beta: this.beta(step), quantisation: outputs.quantisation.data[0] };
  }

  private beta(step: number): number {
    const { method, continuation } = this.config;
    if (method !== "hashnet") return 1;
    return continuationBeta(step, this.total, { continuation, stepsPerEpoch: this.stepsPerEpoch });
  }

  private learningRate(step: number): number {
    const { learningRate, schedule } = this.config;
    const length = { steps: this.total, stepsPerEpoch: this.stepsPerEpoch };
    return learningRate * learningRateFactor(step, length, schedule, this.plateau);
  }

  private async readParameters(): Promise<void> {
    const state = await this.program.readState();
    this.parameters = Object.fromEntries(Object.entries(state).filter(([name]) => !name.includes("/")));
  }

  private async save(folder: string): Promise<void> {
    const { key, epochs, steps, plateau, seconds, best } = this;
    const state = await this.program.readState();
    const checkpoint = { key, epochs, steps, plateau, seconds, state };
    await saveCheckpoint(folder, best === undefined ? checkpoint : { ...checkpoint, best });
  }

  result(): TrainedHead {
    const { config, head, steps, epochs, seconds, engine, stoppedEarly } = this;
    const best = bestEpoch(epochs);
    const kept = config.keep === "best" ? this.best : undefined;
    const parameters = kept?.parameters ?? this.parameters;
    const beta = this.beta((kept?.epoch ?? epochs.length) * this.stepsPerEpoch);
    const trained = { config: head, parameters, beta };
    return { head: trained, config, steps, epochs, best, stoppedEarly, seconds, engine: engine.name };
  }

  async dispose(): Promise<void> {
    await this.validator?.dispose();
    await this.program.dispose();
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

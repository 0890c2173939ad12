import type { Engine, FloatOrInt, Program } from "../compute/program.js";
import { runSteps } from "../compute/program.js";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { sizeOf } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { Random } from "../core/random.js";
import { shownNumber } from "../core/shown-number.js";
import { drawDropoutMasks, headShapes } from "../hashing/head.js";
import type { Head } from "../hashing/head-file.js";
import type { Checkpoint } from "./checkpoint.js";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.js";
import { HeadFolder } from "./folded-head.js";
import type { BestEpoch, EpochRecord, PlannedCourse, StepRecord, ValidationRecord } from "./history.js";
import { bestEpoch, isPatienceOver } from "./history.js";
import type { PlateauState } from "./learning-rate.js";
import { afterEpoch, learningRateFactor, NO_PLATEAU } from "./learning-rate.js";
import { stepsACall } from "./steps-a-call.js";
import type { TrainingData } from "./training-data.js";
import type { TrainingFacts } from "./training-facts.js";
import type { TrainingPlan } from "./training-plan.js";
import { plannedCourse, plannedRows } from "./training-plan.js";
import { stepInputs } from "./training-step.js";
import { checkValidateEvery, epochsBetweenValidations } from "./validated-epochs.js";
import type { Validator } from "./validation.js";
import { openValidator } from "./validation.js";

type Arrays = Readonly<Record<string, NdArray<Float32Array>>>;

/** What a run of a plan gives. */
export interface TrainingResult {
  /** The head after the last epoch, or after the best one when the config says `keep: "best"`. */
  readonly head: Head;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** The epoch with the highest validation mAP, of those that were validated; undefined without validation. */
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
  readonly onEpoch?: (
    epochs: readonly EpochRecord[],
    steps: readonly StepRecord[],
    planned: PlannedCourse,
  ) => void | Promise<void>;
}

/** Settings of {@link runTraining}. */
export interface RunOptions extends TrainListeners, Abortable {
  readonly engine: Engine;
  /** Where to write checkpoints: after the first epoch and the last, and between as often as takes a tenth of the time. Default: nowhere. */
  readonly checkpoints?: string;
  /** Go on from the checkpoint that is there, if there is one. Default false: start anew. */
  readonly resume?: boolean;
  /** As for `trainHead`. */
  readonly validateEvery?: number;
  /** Of the plan, data and engine; of checkpoints. */
  readonly key: string;
  /** For checkpoints of other trainings: in what they differ. */
  readonly facts?: TrainingFacts;
}

/**
 * Does what a plan says.
 * @throws {InputError} when the loss stops being finite, or the checkpoint is of another training
 */
export async function runTraining(
  plan: TrainingPlan,
  data: TrainingData,
  options: RunOptions,
): Promise<TrainingResult> {
  const training = await TrainingRun.open(plan, data, options);
  try {
    await training.run();
    return await training.result();
  } finally {
    await training.dispose();
  }
}

/** A plan while it runs. */
class TrainingRun {
  private readonly random: Random;
  private readonly started = performance.now();
  private readonly steps: StepRecord[];
  private readonly epochs: EpochRecord[];
  private plateau: PlateauState;
  private best: Checkpoint["best"];
  /** The last checkpoint written: after how many epochs, when it was done (ms), how long it took (ms). */
  private saved = { epochs: 0, ended: Number.NEGATIVE_INFINITY, took: 0 };
  /** All that is trained or runs along, after the last step. */
  private arrays: Arrays = {};
  /** The whole state after the last epoch; undefined before the first of this run. */
  private stateAfterEpoch: Arrays | undefined;

  private constructor(
    private readonly plan: TrainingPlan,
    private readonly data: TrainingData,
    private readonly options: RunOptions,
    private readonly program: Program,
    private readonly folding: HeadFolder,
    private readonly validator: Validator | undefined,
    /** Epochs from one validation to the next. */
    private readonly between: number,
    private readonly resumed: Checkpoint | undefined,
  ) {
    this.random = new Random(plan.config.seed);
    this.steps = [...(resumed?.steps ?? [])];
    this.epochs = [...(resumed?.epochs ?? [])];
    this.plateau = resumed?.plateau ?? NO_PLATEAU;
    this.best = resumed?.best;
  }

  static async open(plan: TrainingPlan, data: TrainingData, options: RunOptions): Promise<TrainingRun> {
    const { engine } = options;
    const { validation } = data;
    checkValidateEvery(plan.config, options.validateEvery);
    const between = validation === undefined ? 1 : epochsBetweenValidations(plan, validation, options.validateEvery);
    const folder = options.resume === true ? options.checkpoints : undefined;
    const resumed = folder === undefined ? undefined : await loadCheckpoint(folder, options);
    const step = resumed === undefined ? plan.step : { ...plan.step, state: resumed.state };
    const program = await engine.prepare(step);
    const folding = await HeadFolder.open(plan.normalisation, { engine });
    const validator = openValidator(data, plan, { engine });
    return new TrainingRun(plan, data, options, program, folding, validator, between, resumed);
  }

  private get seconds(): number {
    return (this.resumed?.seconds ?? 0) + (performance.now() - this.started) / 1000;
  }

  private get stoppedEarly(): boolean {
    return isPatienceOver(this.epochs, this.plan.config);
  }

  async run(): Promise<void> {
    const { plan, options } = this;
    const { config } = plan;
    await this.readArrays();
    await this.headOf(this.arrays, this.steps.length); // a normalisation that cannot be folded is refused before it trains
    const task = `${config.method} ${config.bits} bits`;
    const meter = new ProgressMeter(task, plan.steps, "steps", options.onProgress, this.steps.length);
    while (this.epochs.length < config.epochs && !this.stoppedEarly) {
      try {
        await this.epoch(meter);
        const isLast = this.epochs.length === config.epochs || this.stoppedEarly;
        await this.checkpoint(isLast ? "now" : "when due");
        await options.onEpoch?.(this.epochs, this.steps, plannedCourse(plan, this.validator !== undefined));
      } catch (error) {
        await this.checkpoint("now"); // who is told of an epoch, or interrupts, finds it when he goes on from here
        throw error;
      }
    }
  }

  private async epoch(meter: ProgressMeter): Promise<void> {
    const { batch, stepsPerEpoch } = this.plan;
    const rows = plannedRows(this.plan, this.data.train, this.epochs.length);
    const atOnce = stepsACall(batch, this.parameterCount());
    for (let done = 0; done < stepsPerEpoch; done += atOnce) {
      checkAborted(this.options.signal);
      const first = this.steps.length;
      const inputs = Array.from({ length: Math.min(atOnce, stepsPerEpoch - done) }, (_, i) =>
        this.inputsOf(first + i, rows.slice((done + i) * batch, (done + i + 1) * batch)),
      );
      for (const [i, outputs] of (await runSteps(this.program, inputs)).entries()) {
        this.steps.push(this.recordOf(outputs, first + i));
      }
      meter.report(this.steps.length, `loss ${shownNumber(this.steps[this.steps.length - 1].loss, 4)}`);
    }
    await this.finishEpoch(this.steps.slice(-stepsPerEpoch));
  }

  private async finishEpoch(steps: readonly StepRecord[]): Promise<void> {
    const state = await this.readArrays();
    const epoch = this.epochs.length + 1;
    const validated = await this.validate(epoch);
    const loss = mean(steps.map(record => record.loss));
    const quantisation = mean(steps.map(record => record.quantisation));
    const learningRate = this.learningRate(this.steps.length - 1);
    this.epochs.push({ epoch, loss, learningRate, quantisation, ...validated });
    this.stateAfterEpoch = state;
    this.plateau = afterEpoch(this.plateau, validated ? -validated.validationMAP : loss, this.plan.config.schedule);
    if (bestEpoch(this.epochs)?.epoch === epoch) this.best = { epoch, parameters: this.arrays };
  }

  /** What validation says after an epoch, where there is any then. */
  private async validate(epoch: number): Promise<ValidationRecord | undefined> {
    if (this.validator === undefined || (this.plan.config.epochs - epoch) % this.between !== 0) return undefined;
    return this.validator.validate(await this.headOf(this.arrays, this.steps.length));
  }

  private parameterCount(): number {
    return Object.values(headShapes(this.plan.head)).reduce((sum, shape) => sum + sizeOf(shape), 0);
  }

  private inputsOf(step: number, rows: Int32Array): Record<string, FloatOrInt> {
    const { config, head, batch, labels, beta } = this.plan;
    const masks = drawDropoutMasks(head, batch, this.random.stream(`dropout of step ${step}`));
    const values = { step, rows, beta: beta[step], learningRate: this.learningRate(step), dropoutMasks: masks };
    return stepInputs({ optimizer: config.optimizer, labels }, values);
  }

  private recordOf(outputs: Awaited<ReturnType<Program["run"]>>, step: number): StepRecord {
    const loss = outputs.loss.data[0];
    if (!Number.isFinite(loss)) {
      throw new InputError(`the loss is ${loss} at step ${step}`, {
        expected: `a finite loss; the learning rate was ${this.learningRate(step)}: try a lower one, or look for a square root, a logarithm or a division at 0 in the loss`,
      });
    }
    return { step, loss, beta: this.plan.beta[step], quantisation: outputs.quantisation.data[0] };
  }

  private learningRate(step: number): number {
    const { steps, stepsPerEpoch, config } = this.plan;
    return config.learningRate * learningRateFactor(step, { steps, stepsPerEpoch }, config.schedule, this.plateau);
  }

  /** @returns the moments too */
  private async readArrays(): Promise<Arrays> {
    const state = await this.program.readState();
    this.arrays = Object.fromEntries(Object.entries(state).filter(([name]) => !name.includes("/"))); // no moments
    return state;
  }

  /** The head after so many steps, its normalisation folded in; what it was made of goes beside it. */
  private async headOf(arrays: Arrays, steps: number): Promise<Head> {
    const { head, form, beta, numbered } = this.plan;
    const { parameters, beside } = await this.folding.headArrays(arrays, Object.keys(headShapes(head)));
    const classes = numbered === undefined ? {} : { classes: numbered };
    const trained = { config: head, ...form, parameters, beta: beta[steps], ...classes };
    return Object.keys(beside).length === 0 ? trained : { ...trained, beside };
  }

  /**
   * Writes a checkpoint, where they are wanted and none is there of this epoch. It waits for the disk, which may take as
   * long as a short epoch: due is one when writing them takes no more than a tenth of the time.
   */
  private async checkpoint(when: "now" | "when due"): Promise<void> {
    const folder = this.options.checkpoints;
    const { epochs, ended, took } = this.saved;
    const started = performance.now();
    const state = this.stateAfterEpoch;
    if (folder === undefined || state === undefined || epochs === this.epochs.length) return;
    if (when === "when due" && started - ended < 9 * took) return;
    await this.save(folder, state);
    const now = performance.now();
    this.saved = { epochs: this.epochs.length, ended: now, took: now - started };
  }

  private async save(folder: string, state: Arrays): Promise<void> {
    const { epochs, plateau, seconds, best } = this;
    const steps = this.steps.slice(0, epochs.length * this.plan.stepsPerEpoch);
    const { key, facts } = this.options;
    const checkpoint = { key, ...(facts === undefined ? {} : { facts }), epochs, steps, plateau, seconds, state };
    await saveCheckpoint(folder, best === undefined ? checkpoint : { ...checkpoint, best });
  }

  async result(): Promise<TrainingResult> {
    const { steps, epochs, seconds, stoppedEarly, plan } = this;
    const best = bestEpoch(epochs);
    const kept = plan.config.keep === "best" ? this.best : undefined;
    const head = await this.headOf(
      kept?.parameters ?? this.arrays,
      (kept?.epoch ?? epochs.length) * plan.stepsPerEpoch,
    );
    return { head, steps, epochs, best, stoppedEarly, seconds, engine: this.options.engine.name };
  }

  async dispose(): Promise<void> {
    await this.validator?.dispose();
    await this.folding.dispose();
    await this.program.dispose();
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

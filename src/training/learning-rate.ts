import { InputError } from "../core/errors.js";

/** How the learning rate changes from epoch to epoch. */
export interface LearningRateSchedule {
  /**
   * "constant"; "step": × `factor` after every `every` epochs (PyTorch's StepLR); "cosine": down to `floor` times the
   * learning rate along half a cosine over the whole training, step by step; "plateau": × `factor` when the loss of an
   * epoch (validation mAP where there is any) has not become better for more than `patience` epochs (PyTorch's
   * ReduceLROnPlateau with a relative threshold of 1e-4).
   */
  readonly kind: "constant" | "step" | "cosine" | "plateau";
  /** Epochs between two steps, ≥ 1. Default 10. */
  readonly every?: number;
  /** What the learning rate is multiplied by, 0..1. Default 0.1. */
  readonly factor?: number;
  /** Where "cosine" ends, as a part of the learning rate, 0..1. Default 0. */
  readonly floor?: number;
  /** Epochs without improvement that "plateau" waits. Default 10. */
  readonly patience?: number;
}

export const SCHEDULES: readonly LearningRateSchedule["kind"][] = ["constant", "step", "cosine", "plateau"];

/** What "plateau" remembers, plain values for a checkpoint; the others need none of it. */
export interface PlateauState {
  /** What the learning rate is multiplied by now. */
  readonly factor: number;
  /** The best value so far; null before the first epoch. */
  readonly best: number | null;
  /** Epochs since then. */
  readonly waited: number;
}

export const NO_PLATEAU: PlateauState = { factor: 1, best: null, waited: 0 };

/** A value counts as better when it is so by this part of itself. */
const THRESHOLD = 1e-4;

/**
 * The state after an epoch.
 * @param value what shall fall: the loss, or −mAP
 */
export function afterEpoch(
  state: PlateauState,
  value: number,
  { kind, factor = 0.1, patience = 10 }: LearningRateSchedule,
): PlateauState {
  if (kind !== "plateau") return state;
  if (state.best === null || value < state.best - THRESHOLD * Math.abs(state.best)) {
    return { ...state, best: value, waited: 0 };
  }
  if (state.waited < patience) return { ...state, waited: state.waited + 1 };
  return { ...state, factor: state.factor * factor, waited: 0 };
}

/**
 * What the learning rate is multiplied by at a step.
 * @param step from 0
 * @param length of the training
 */
export function learningRateFactor(
  step: number,
  { steps, stepsPerEpoch }: { steps: number; stepsPerEpoch: number },
  { kind, every = 10, factor = 0.1, floor = 0 }: LearningRateSchedule,
  plateau: PlateauState = NO_PLATEAU,
): number {
  if (kind === "step") return factor ** Math.floor(Math.floor(step / stepsPerEpoch) / every);
  if (kind === "cosine") return floor + ((1 - floor) * (1 + Math.cos((Math.PI * step) / steps))) / 2;
  return kind === "plateau" ? plateau.factor : 1;
}

/** @throws {InputError} when a schedule is out of bounds */
export function checkSchedule({
  kind,
  every = 10,
  factor = 0.1,
  floor = 0,
  patience = 10,
}: LearningRateSchedule): void {
  const bounded = factor >= 0 && factor <= 1 && floor >= 0 && floor <= 1 && every >= 1 && patience >= 0;
  if (SCHEDULES.includes(kind) && bounded) return;
  throw new InputError("no such schedule of the learning rate", {
    expected: `kind ${SCHEDULES.join(", ")}, every of at least 1, patience of at least 0, factor and floor in 0..1`,
    actual: JSON.stringify({ kind, every, factor, floor, patience }),
  });
}

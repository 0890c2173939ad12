import type { OptionsSchema } from "../core/options.js";

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
  readonly every: number;
  /** What the learning rate is multiplied by, 0..1. Default 0.1. */
  readonly factor: number;
  /** Where "cosine" ends, as a part of the learning rate, 0..1. Default 0. */
  readonly floor: number;
  /** Epochs without improvement that "plateau" waits. Default 10. */
  readonly patience: number;
}

export const SCHEDULE_OPTIONS: OptionsSchema<LearningRateSchedule> = {
  kind: {
    enum: ["constant", "step", "cosine", "plateau"],
    default: "constant",
    description:
      "not at all; × factor every so many epochs (StepLR); along half a cosine down to floor; × factor when the loss (validation mAP where there is any) stops getting better (ReduceLROnPlateau)",
  },
  every: { type: "integer", minimum: 1, maximum: 1e6, default: 10, description: 'epochs between two steps of "step"' },
  factor: { type: "number", minimum: 0, maximum: 1, default: 0.1, description: 'of "step" and "plateau"' },
  floor: {
    type: "number",
    minimum: 0,
    maximum: 1,
    default: 0,
    description: 'where "cosine" ends, as a part of the learning rate',
  },
  patience: { type: "integer", minimum: 0, maximum: 1e6, default: 10, description: 'epochs that "plateau" waits' },
};

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
  { kind, factor, patience }: LearningRateSchedule,
): PlateauState {
  switch (kind) {
    case "constant":
    case "step":
    case "cosine":
      return state;
    case "plateau":
      break;
  }
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
  { kind, every, factor, floor }: LearningRateSchedule,
  plateau: PlateauState = NO_PLATEAU,
): number {
  switch (kind) {
    case "constant":
      return 1;
    case "step":
      return factor ** Math.floor(Math.floor(step / stepsPerEpoch) / every);
    case "cosine":
      return floor + ((1 - floor) * (1 + Math.cos((Math.PI * step) / steps))) / 2;
    case "plateau":
      return plateau.factor;
  }
}

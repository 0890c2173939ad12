import { shownDeviation, shownNumber } from "../core/shown-number.js";
import { meanAndDeviation } from "../training/mean-and-deviation.js";
import type { TrainedHead } from "../training/train-head.js";
import type { EarlierModel } from "./trained-folder.js";
import { earlierText } from "./trained-folder.js";

/** What is reported of one training. */
export interface TrainingSummary {
  readonly out: string;
  readonly seed: number;
  readonly steps: number;
  readonly epochs: number;
  /** Mean of the last epoch. */
  readonly loss: number;
  readonly seconds: number;
  /** Of the head that was written; null without validation. */
  readonly validationMAP: number | null;
  readonly bestEpoch: number | null;
  readonly stoppedEarly: boolean;
  /** Of these epochs, those trained by this call; the others were there. */
  readonly epochsNow: number;
  /** What became of the model that was in the folder before. */
  readonly earlier: EarlierModel;
}

/** What a training comes down to. @param out the folder it was written to */
export function trainingSummary(out: string, trained: TrainedHead): Omit<TrainingSummary, "epochsNow" | "earlier"> {
  const { config, steps, epochs, best, seconds, stoppedEarly } = trained;
  const last = epochs[epochs.length - 1];
  const validationMAP = (config.keep === "best" ? best?.validationMAP : last.validationMAP) ?? null;
  const counts = { steps: steps.length, epochs: epochs.length, loss: last.loss };
  return { out, seed: config.seed, ...counts, seconds, validationMAP, bestEpoch: best?.epoch ?? null, stoppedEarly };
}

/** The fields of the JSON document: of one training its own, of several a list and their spread. */
export function trainingDocument(out: string, runs: readonly TrainingSummary[]): object {
  return runs.length === 1 ? runs[0] : { out, runs, ...spreadOf(runs) };
}

/** Lines for people: one a training, and mean and deviation over several. */
export function trainingLines(what: string, runs: readonly TrainingSummary[]): string {
  const lines = runs.map(run => lineOf(what, run));
  if (runs.length === 1) return lines[0];
  const { loss, validationMAP } = spreadOf(runs);
  const text = ({ mean, deviation }: { mean: number; deviation: number }): string => shownDeviation(mean, deviation, 4);
  const validated = validationMAP === null ? "" : `, validation mAP ${text(validationMAP)}`;
  return [...lines, `${runs.length} seeds: loss ${text(loss)}${validated} (mean ± standard deviation)`].join("\n");
}

function spreadOf(runs: readonly TrainingSummary[]): {
  loss: ReturnType<typeof meanAndDeviation>;
  validationMAP: ReturnType<typeof meanAndDeviation> | null;
} {
  const maps = runs.flatMap(run => run.validationMAP ?? []);
  return {
    loss: meanAndDeviation(runs.map(run => run.loss)),
    validationMAP: maps.length === runs.length ? meanAndDeviation(maps) : null,
  };
}

function lineOf(what: string, run: TrainingSummary): string {
  const validated = run.validationMAP === null ? "" : `, validation mAP ${shownNumber(run.validationMAP, 4)}`;
  const early = run.stoppedEarly ? `, stopped after epoch ${run.epochs} (best ${run.bestEpoch})` : "";
  const trained = `${what}, seed ${run.seed}`;
  const did = run.epochsNow === 0 ? `${trained} was trained already` : `trained ${trained}`;
  const steps = `${did}: ${run.steps} steps, loss ${shownNumber(run.loss, 4)} (mean of the last epoch)`;
  return `${steps}${validated}${early}, ${run.seconds.toFixed(1)} s, in ${run.out}${earlierText(run.earlier)}`;
}

import { shownNumber } from "../core/shown-number.js";
import { countText } from "../core/size-text.js";
import type { EpochRecord, StepRecord } from "../training/history.js";
import { bestEpoch } from "../training/history.js";
import { curveSvg } from "./small-pictures.js";

/** How a training went, in words; nothing of what was fitted. */
export function courseFacts(epochs: readonly EpochRecord[], steps: readonly StepRecord[]): Record<string, string> {
  if (epochs.length === 0) return {};
  const best = bestEpoch(epochs);
  const validated = epochs.filter(({ validationMAP }) => validationMAP !== undefined).length;
  const of = validated < epochs.length ? ` of ${validated} validated` : "";
  const mAP = best === undefined ? "" : `${shownNumber(best.validationMAP)}, best in epoch ${best.epoch}${of}`;
  return {
    training: `${epochs.length} epochs, ${countText(steps.length)} steps`,
    loss: `${shownNumber(epochs[0].loss)} in the first epoch, ${shownNumber(epochs[epochs.length - 1].loss)} in the last`,
    "validation mAP": mAP,
  };
}

/** The loss over the epochs; undefined where there is no course to draw. */
export function lossSvg({ epochs }: { readonly epochs: readonly EpochRecord[] }): string | undefined {
  return curveSvg({
    label: "training loss",
    x: epochs.map(({ epoch }) => epoch),
    y: epochs.map(({ loss }) => loss),
    xRange: [1, epochs.length],
    xName: "epoch",
  });
}

import type { NdArray } from "../core/arrays.js";
import type { Display } from "../core/display.js";
import { duration } from "../core/progress.js";
import { countText } from "../core/size-text.js";
import type { FittedModel, HashModel } from "../hashing/hash-model.js";
import type { Head } from "../hashing/head-file.js";
import type { TrainedHead } from "../training/train-head.js";
import { summaryBundle } from "./summary.js";
import { courseFacts, lossSvg } from "./training-course.js";

/** What turns features into codes: its layers or arrays. */
export const modelDisplay: Display<HashModel> = {
  name: "model",
  is: isModel,
  mime: model => summaryBundle({ title: "Hash model", about: aboutOf(model), facts: factsOf(model) }),
};

/** A head with the course of its training. */
export const trainedHeadDisplay: Display<TrainedHead> = {
  name: "trained head",
  is: (value): value is TrainedHead => {
    const { head, epochs, steps, config } = (value ?? {}) as TrainedHead;
    return isModel(head) && Array.isArray(epochs) && Array.isArray(steps) && config !== undefined;
  },
  mime: ({ head, epochs, steps, seconds, engine, stoppedEarly, config, unlabelled }) =>
    summaryBundle({
      title: `Head trained by ${config.method.title}`,
      about: `${aboutOf(head)}; ${duration(seconds)} on ${engine}`,
      facts: { ...courseFacts(epochs, steps), ...factsOf(head), seed: String(config.seed) },
      picture: lossSvg({ epochs }),
      notes: [
        ...(stoppedEarly ? [`Stopped early, after ${epochs.length} of ${config.epochs} epochs.`] : []),
        ...(unlabelled > 0 ? [`${countText(unlabelled)} train rows are of unknown class.`] : []),
      ],
    }),
};

function isModel(value: unknown): value is HashModel {
  const { config, parameters, arrays, encode } = (value ?? {}) as Partial<Head & FittedModel>;
  const isHead = typeof config?.inputDim === "number" && typeof config.bits === "number" && parameters !== undefined;
  return isHead || (typeof encode === "function" && typeof arrays === "object");
}

function aboutOf(model: HashModel): string {
  const { inputDim, bits } = "encode" in model ? model : model.config;
  const unit = model.output === "embedding" ? "values" : "bits";
  return `features of ${countText(inputDim)} values to ${bits} ${unit}`;
}

function factsOf(model: HashModel): Record<string, string> {
  const arrays: Readonly<Record<string, NdArray>> = "encode" in model ? model.arrays : model.parameters;
  const size = Object.values(arrays).reduce((sum, { data }) => sum + data.length, 0);
  const form = "encode" in model ? { method: model.method } : headFacts(model);
  return { ...form, parameters: `${countText(size)} in ${Object.keys(arrays).join(", ")}` };
}

function headFacts({ config, beta, activation = "tanh", classes }: Head): Record<string, string> {
  const layers = [config.inputDim, ...config.hidden, config.bits].map(countText).join(" → ");
  return {
    layers,
    output: activation === "tanh" ? `tanh(βz), β = ${Number(beta.toPrecision(4))}` : "z itself",
    "trained on": classes === undefined ? "" : `${classes.length} classes`,
  };
}

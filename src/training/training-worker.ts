// The process of `trainInProcess`: takes one job, sends what becomes of it, and ends.
import { onnxEngine } from "../compute/onnx-engine.js";
import { InputError } from "../core/errors.js";
import type { TrainingJob, TrainingNews } from "./training-process.js";
import { PROCESS_ENGINE, STOP } from "./training-process.js";
import { runTraining } from "./training-run.js";

const send = (news: TrainingNews): void => void process.send?.(news);

process.once("disconnect", () => process.exit(1)); // the parent is gone
process.once("message", async message => {
  const { plan, data, threads, ...options } = message as TrainingJob;
  const controller = new AbortController();
  process.on("message", next => {
    if (next === STOP) controller.abort();
  });
  try {
    const result = await runTraining(plan, data, {
      ...options,
      signal: controller.signal,
      engine: onnxEngine(PROCESS_ENGINE, { threads }),
      onProgress: progress => send({ kind: "progress", progress }),
      onEpoch: (epochs, steps) => send({ kind: "epoch", epochs, steps }),
    });
    send({ kind: "done", result });
  } catch (cause) {
    const { message: text } = cause as Error;
    send({ kind: "failed", message: text, isInput: cause instanceof InputError });
  }
});

// A process of `ProcessPool`: takes one job after another, sends what becomes of each, and ends with the pool.
import { onnxEngine } from "../compute/onnx-engine.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import { placeRows, roomForFeatures } from "./features-of-process.js";
import type { TrainingData } from "./training-data.js";
import type { TrainingJob, TrainingNews, TrainingOrder } from "./training-process.js";
import { PROCESS_ENGINE } from "./training-process.js";
import { runTraining } from "./training-run.js";

/** A parent that is gone is told nothing: its going ends this process, see below. */
const send = (news: TrainingNews): void => void process.send?.(news, undefined, undefined, () => undefined);

/** One a number of threads: the next training's graph is mostly that of the one before. */
const engines = new Map<number, Engine>();

/** Sessions of a training: its step, validation in blocks of rows of three sizes, a normalisation; some for another length. */
const KEPT_SESSIONS = 10;

function engineOf(threads: number): Engine {
  const engine = engines.get(threads) ?? onnxEngine(PROCESS_ENGINE, { threads, keptSessions: KEPT_SESSIONS });
  engines.set(threads, engine);
  return engine;
}

let features: TrainingData["features"] | undefined;
let running: AbortController | undefined;

process.once("disconnect", () => process.exit(1)); // the parent is gone
// A terminal's Ctrl-C and a cluster's termination reach all processes: the parent decides, after the checkpoint is written.
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => running?.abort(new Error(`the training's process was told to end by ${name}`)));
}
process.on("message", async message => {
  const order = message as TrainingOrder;
  switch (order.kind) {
    case "features":
      features = roomForFeatures(order.shape);
      return;
    case "rows":
      placeRows(features!, order);
      return;
    case "stop":
      running?.abort();
      return;
    case "job":
      await train(order.job);
  }
});

async function train({ plan, data, threads, ...options }: TrainingJob): Promise<void> {
  running = new AbortController();
  let told = { epochs: 0, steps: 0 };
  try {
    const { step } = plan;
    const whole = { ...plan, step: { ...step, resident: { ...step.resident, features: features! } } };
    const result = await runTraining(
      whole,
      { ...data, features: features! },
      {
        ...options,
        signal: running.signal,
        engine: engineOf(threads),
        onProgress: progress => send({ kind: "progress", progress }),
        onEpoch(epochs, steps) {
          send({ kind: "epoch", epochs: epochs.slice(told.epochs), steps: steps.slice(told.steps) });
          told = { epochs: epochs.length, steps: steps.length };
        },
      },
    );
    send({ kind: "done", result });
  } catch (cause) {
    const { message: text } = cause as Error;
    send({ kind: "failed", message: text, isInput: cause instanceof InputError });
  }
}

import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { MAX_BITS } from "../codes/packed-codes.js";
import type { EngineName } from "../compute/engine.js";
import { InputError } from "../core/errors.js";
import type { Method, TrainConfig } from "../training/train-config.js";
import { METHODS, trainConfig } from "../training/train-config.js";
import { numberAbove, oneOf, wholeNumber } from "./numbers.js";

interface TrainFlags {
  features: string;
  labels: string;
  method: Method;
  bits: number;
  out: string;
  config?: string;
  epochs?: number;
  batch?: number;
  learningRate?: number;
  seed?: number;
  engine?: EngineName;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook train --features f.npy --labels l.npy --method hashnet --bits 48 --out model/
  $ hashbook train --features f.npy --labels l.npy --method dch --bits 64 --out model/ --epochs 60 --seed 1
  $ hashbook train --features f.npy --labels l.npy --method dch --bits 64 --out model/ --config dch.json

A config file holds any of the settings as JSON, for example {"hidden": [512], "dropout": 0.2, "dch": {"gamma": 10}};
options given on the command line come before it. All rows are trained on. Writes head.safetensors, head.json and
history.json (loss, beta and quantisation error of every step).`;

/** `hashbook train`: a head on features. */
export function trainCommand(): Command {
  return new Command("train")
    .description("train a hashing head on features")
    .requiredOption("--features <file>", "float32 (n, dim), .npy")
    .requiredOption("--labels <file>", "integers (n,), or multi-hot (n, classes), .npy")
    .requiredOption("--method <name>", METHODS.join(" or "), oneOf(METHODS))
    .requiredOption("--bits <K>", `bits of the codes, 1..${MAX_BITS}`, wholeNumber(1, MAX_BITS))
    .requiredOption("--out <folder>", "where to write the model")
    .option("--config <file>", "JSON with settings")
    .option("--epochs <n>", "passes over the data; default 30", wholeNumber(1))
    .option("--batch <n>", "items a step; default 128", wholeNumber(2))
    .option("--learning-rate <x>", "of Adam; default 0.001", numberAbove(0))
    .option("--seed <n>", "of weights and shuffles; default 0", wholeNumber(0))
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow or wasm; default: the best that is there")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(train);
}

async function train(flags: TrainFlags): Promise<void> {
  const config = await configOf(flags);
  const { openEngine } = await import("../compute/engine.js");
  const { readFeatures } = await import("../features/features-file.js");
  const { saveHead } = await import("../hashing/head-file.js");
  const { labelCount, readLabels } = await import("../ranking/labels.js");
  const { trainHead } = await import("../training/train-head.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  const { writeAtomically } = await import("../core/files.js");
  const features = await readFeatures(flags.features);
  const labels = await readLabels(flags.labels);
  if (labelCount(labels) !== features.shape[0]) {
    throw new InputError("features and labels differ in number", {
      file: flags.labels,
      expected: `${features.shape[0]} rows, one for each of ${flags.features}`,
      actual: `${labelCount(labels)}`,
    });
  }
  const rows = Int32Array.from({ length: features.shape[0] }, (_, row) => row);
  const engine = await openEngine({ engine: flags.engine });
  const onProgress = terminalProgress();
  const trained = await trainHead(engine, { features, labels, train: rows }, config, { onProgress });
  const { head, steps, epochs, seconds } = trained;
  await saveHead(flags.out, head, { config, engine: engine.name, seconds });
  await writeAtomically(`${flags.out}/history.json`, `${JSON.stringify({ epochs, steps }, null, 1)}\n`);
  const { loss } = epochs[epochs.length - 1];
  const done = { out: flags.out, engine: engine.name, steps: steps.length, loss, seconds, config };
  const text = `trained ${config.method} ${config.bits} bits: ${steps.length} steps, loss ${loss.toFixed(4)}, ${seconds.toFixed(1)} s, in ${flags.out}`;
  process.stdout.write(`${flags.json ? JSON.stringify(done) : text}\n`);
}

/** Defaults, then the file, then the command line. */
async function configOf(flags: TrainFlags): Promise<TrainConfig> {
  const base = trainConfig(flags.method, flags.bits);
  const file = flags.config === undefined ? {} : await configFile(flags.config, base);
  const line: Record<string, unknown> = {};
  for (const name of ["epochs", "batch", "learningRate", "seed"] as const) {
    if (flags[name] !== undefined) line[name] = flags[name];
  }
  return { ...base, ...file, ...line };
}

async function configFile(file: string, base: TrainConfig): Promise<Partial<TrainConfig>> {
  let settings: unknown;
  try {
    settings = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new InputError("cannot be read", {
      file,
      expected: "a JSON object of settings",
      actual: (cause as Error).message,
      cause,
    });
  }
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    throw new InputError("this is no config", { file, expected: "a JSON object of settings" });
  }
  for (const [name, value] of Object.entries(settings)) {
    const known = base[name as keyof TrainConfig];
    if (known === undefined || name === "method" || name === "bits" || typeof value !== typeof known) {
      throw new InputError(`the setting "${name}" cannot be used`, {
        file,
        expected: known === undefined ? `one of ${Object.keys(base).slice(2).join(", ")}` : `a ${typeof known}`,
        actual: JSON.stringify(value),
      });
    }
  }
  return settings as Partial<TrainConfig>;
}

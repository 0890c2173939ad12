import type { EngineName } from "../compute/engine.js";
import type { TrainConfig } from "../training/train-config.js";
import type { FoldFlag } from "./fold-option.js";
import type { TrainingDataFlags } from "./training-data.js";

/** What the command line of `hashbook train` says. */
export interface TrainFlags extends TrainingDataFlags {
  method: string;
  bits: number;
  out: string;
  preset: string;
  config?: string;
  set: Record<string, unknown>;
  epochs?: number;
  batch?: number;
  learningRate?: number;
  seed?: number;
  patience?: number;
  keep?: TrainConfig["keep"];
  unlabelled?: TrainConfig["unlabelled"];
  seeds: number;
  itq?: number;
  validation?: number;
  validateEvery?: number;
  validationBy?: "items" | "classes";
  fold?: FoldFlag;
  foldSeed?: number;
  resume: boolean;
  restart: boolean;
  engine?: EngineName;
  threads?: number;
  json: boolean;
}

/** Flags that are options of a training of the same name. */
export const TRAINING_FLAGS = ["epochs", "batch", "learningRate", "seed", "patience", "keep", "unlabelled"] as const;

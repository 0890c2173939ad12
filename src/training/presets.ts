import { UsageError } from "../core/errors.js";
import type { Method, TrainConfig } from "./train-config.js";
import { trainConfig } from "./train-config.js";

export type Preset = "paper" | "official-caffe" | "official-tf" | "deephash-pytorch" | "seed";

/** What a published code does, as settings, and where it is read. */
interface PresetEntry {
  /** Where the numbers are from. */
  readonly source: string;
  /** The settings that differ from the defaults, for each method the code knows. */
  readonly settings: Partial<Record<Method, Partial<TrainConfig>>>;
}

/** Settings that both methods share in DeepHash-pytorch. */
const DEEPHASH_PYTORCH: Partial<TrainConfig> = {
  hidden: [],
  epochs: 150,
  learningRate: 1e-5,
  optimizer: { kind: "rmsprop", weightDecay: 1e-5 },
  confidence: "none",
};

/** The hash layer learns ten times as fast, biases twice as fast as their weights: both official codes. */
const CAFFE_FACTORS = { hashFactor: 10, biasFactor: 2 };

const PRESETS: Readonly<Record<Preset, PresetEntry>> = {
  // The defaults of every option are the papers'; what is trained and how is not theirs (see trainConfig).
  paper: {
    source: "Cao et al., ICCV 2017, arXiv 1702.00758, equations 2 and 4; Cao et al., CVPR 2018, equations 6 to 9",
    settings: { hashnet: {}, dch: {} },
  },
  // Pairs there are between two batches of 256; here they are those within one, which gives a code the same gradient.
  "official-caffe": {
    source: "github.com/thuml/HashNet: pairwise_loss_layer.cu, models/train/imagenet/{train_val,solver}.prototxt",
    settings: {
      hashnet: {
        hidden: [],
        batch: 256,
        epochs: 200, // 10,000 iterations of 256 of ImageNet100's 13,000 images
        learningRate: 2e-4,
        schedule: { kind: "step", every: 40, factor: 0.5 }, // 2,000 iterations
        optimizer: { kind: "sgd", momentum: 0.9, weightDecay: 5e-4, decayBiases: false, ...CAFFE_FACTORS },
        confidence: "overlap",
        hashnet: { weighting: "fixed", similarWeight: 100, reduction: "weighted-mean" },
      },
    },
  },
  // γ = 20 and ε = 0.001 belong to ‖u − v‖², which is four times the Hamming distance.
  "official-tf": {
    source: "github.com/thulab/DeepHash: DeepHash/model/dch/dch.py, examples/dch/train_val_script.py",
    settings: {
      dch: {
        hidden: [],
        epochs: 51, // 2,000 iterations of 128 of CIFAR-10's 5,000 train images
        learningRate: 0.005,
        optimizer: { kind: "sgd", momentum: 0.9, ...CAFFE_FACTORS },
        confidence: "none",
        dch: {
          proxy: "squared-euclidean",
          gamma: 5,
          epsilon: 0.00025,
          weighting: "similar-only",
          quantization: "quadratic",
          lambda: 0,
        },
      },
    },
  },
  "deephash-pytorch": {
    source: "github.com/swuxyj/DeepHash-pytorch: HashNet.py, DCH.py",
    settings: {
      hashnet: {
        ...DEEPHASH_PYTORCH,
        batch: 64,
        continuation: "sqrt-epochs",
        hashnet: { alpha: 0.1, pairs: "all" },
      },
      dch: { ...DEEPHASH_PYTORCH, dch: { gamma: 20, lambda: 0.1, pairs: "all", epsilon: 0, cosineLimit: 0.99 } },
    },
  },
  // Corrected: partners come from the whole class and are never the item itself, β grows, codes are binarised.
  seed: {
    source: "the PyTorch notebooks this project started from, with their faults corrected",
    settings: {
      hashnet: {
        hidden: [512],
        dropout: 0.2,
        epochs: 51,
        batch: 256, // 128 pairs
        batches: { kind: "pairs" },
        learningRate: 1e-4,
        schedule: { kind: "step", every: 10, factor: 0.8 },
        hashnet: { pairs: "partners" },
      },
      dch: {
        batch: 256, // 128 pairs
        batches: { kind: "pairs" },
        learningRate: 1e-5,
        optimizer: { kind: "adamw", weightDecay: 0.01, hashFactor: 10 },
        dch: { gamma: 5, lambda: 1, pairs: "partners" },
      },
    },
  },
};

export const PRESET_NAMES: readonly Preset[] = Object.keys(PRESETS) as Preset[];

/**
 * The settings of a published code, as a config; what it cannot say (the network below the head) is left out.
 * @throws {UsageError} when that code does not have this method
 */
export function presetConfig(preset: Preset, method: Method, bits: number): TrainConfig {
  const settings = PRESETS[preset].settings[method];
  if (settings === undefined) {
    const known = Object.keys(PRESETS[preset].settings).join(", ");
    throw new UsageError(`the preset "${preset}" has no ${method}`, { expected: `method ${known}` });
  }
  return { ...trainConfig(method, bits), ...settings };
}

/** Where the numbers of a preset are from, for people. */
export function presetSource(preset: Preset): string {
  return PRESETS[preset].source;
}

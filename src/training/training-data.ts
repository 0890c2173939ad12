import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import type { TrainConfig } from "./train-config.js";

/** What is learned from. All row numbers are rows of `features` and `labels`. */
export interface TrainingData {
  /** (n, dim) */
  readonly features: NdArray<Float32Array>;
  /** (n) or multi-hot (n, classes). */
  readonly labels: Labels;
  /** Rows trained on. */
  readonly train: Int32Array;
  /** Rows to validate with after each epoch, by mAP over the given database. Default: no validation. */
  readonly validation?: { readonly query: Int32Array; readonly database: Int32Array };
}

/** @throws {InputError} when data and config do not go together, or a feature is not finite */
export function checkTraining(data: TrainingData, config: TrainConfig): void {
  checkShapes(data, config);
  const { features, labels, train, validation } = data;
  const [n] = features.shape;
  for (const rows of [train, validation?.query ?? [], validation?.database ?? []]) {
    for (const row of rows) {
      if (!(row >= 0 && row < n)) {
        throw new InputError("no such row", { expected: `a row in 0..${n - 1}`, actual: `${row}` });
      }
    }
  }
  const unknown = labels instanceof Int32Array ? train.find(row => labels[row] < 0) : undefined;
  if (unknown !== undefined) {
    throw new InputError("a row of unknown class cannot be trained on", {
      expected: "train rows with labels of 0 and above",
      actual: `${(labels as Int32Array)[unknown]} in row ${unknown}`,
    });
  }
  checkFinite(features);
}

/** @throws {InputError} naming row and column of a feature that is not finite */
export function checkFinite({ data, shape: [, dim] }: NdArray<Float32Array>): void {
  const bad = data.findIndex(value => !Number.isFinite(value));
  if (bad < 0) return;
  throw new InputError("the features hold a value that is not finite", {
    expected: "finite values; rows of images that could not be read hold NaN (failed.csv lists them)",
    actual: `${data[bad]} in row ${Math.floor(bad / dim)}, column ${bad % dim}`,
  });
}

function checkShapes({ features, labels, train, validation }: TrainingData, config: TrainConfig): void {
  const { batch, patience, keep } = config;
  if (features.shape.length !== 2 || labelCount(labels) !== features.shape[0]) {
    throw new InputError("features and labels do not fit together", {
      expected: "features (n, dim) and n labels",
      actual: `features (${features.shape.join(", ")}) and ${labelCount(labels)} labels`,
    });
  }
  if (train.length < 2 || batch < 2) {
    throw new InputError("a batch needs pairs", {
      expected: "at least 2 train rows and a batch of at least 2",
      actual: `${train.length} train rows, batch ${batch}`,
    });
  }
  if (validation === undefined && (patience > 0 || keep === "best")) {
    throw new InputError("there is nothing to tell the best epoch by", {
      expected: 'validation rows, or patience 0 and keep "last"',
      actual: `patience ${patience}, keep "${keep}"`,
    });
  }
}

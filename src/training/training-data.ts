import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { labelCount } from "../core/labels.js";
import { labelledRows } from "../core/unlabelled.js";
import { checkClasses } from "./check-classes.js";
import type { TrainConfig } from "./train-config.js";

/** What is learned from. All row numbers are rows of `features` and `labels`. */
export interface TrainingData {
  /** (n, dim) */
  readonly features: NdArray<Float32Array>;
  /** (n) or multi-hot (n, classes). */
  readonly labels: Labels;
  /** Rows trained on. */
  readonly train: Int32Array;
  /** Rows to validate with after some epochs, the last among them, by mAP over the given database. Default: no validation. */
  readonly validation?: { readonly query: Int32Array; readonly database: Int32Array };
}

/** Data that can be trained on. */
export interface CheckedTraining {
  /** Without rows of unknown class where they are to be left out. */
  readonly data: TrainingData;
  /** Train rows of unknown class, left out or trained on as the config says. */
  readonly unlabelled: number;
}

/**
 * Checks data against a config, and leaves rows of unknown class out where it says so.
 * @throws {InputError} when they do not go together, the labels lack what the method learns from, or a feature is not
 *   finite
 */
export function checkTraining(all: TrainingData, config: TrainConfig): CheckedTraining {
  const checked = checkLearnable(all, config);
  checkFinite(all.features);
  return checked;
}

/**
 * {@link checkTraining} without a look at all features: for many configs on the same, before the first of them is trained.
 * @throws {InputError} when data and config do not go together, or the labels lack what the method learns from
 */
export function checkLearnable(all: TrainingData, config: TrainConfig): CheckedTraining {
  checkRows(all);
  const data = config.unlabelled === "drop" ? withoutUnlabelled(all) : all;
  checkShapes(data, config);
  const { labels, train } = data;
  const known = labelledRows(labels, train).length;
  if (labels instanceof Int32Array && known < train.length) {
    const row = train.find(one => labels[one] < 0)!;
    throw new InputError("a row of unknown class cannot be trained on", {
      expected: 'labels of 0 and above, multi-hot labels, or unlabelled "drop"',
      actual: `${labels[row]} in row ${row}`,
    });
  }
  checkClasses(data, config.method);
  return { data, unlabelled: all.train.length - known };
}

function withoutUnlabelled({ labels, train, validation, ...rest }: TrainingData): TrainingData {
  const knownOf = (rows: Int32Array): Int32Array => labelledRows(labels, rows);
  const { query, database } = validation ?? {};
  const watched =
    query === undefined || database === undefined
      ? {}
      : { validation: { query: knownOf(query), database: knownOf(database) } };
  return { ...rest, labels, train: knownOf(train), ...watched };
}

function checkRows({ features, labels, train, validation }: TrainingData): void {
  if (features.shape.length !== 2 || labelCount(labels) !== features.shape[0]) {
    throw new InputError("features and labels do not fit together", {
      expected: "features (n, dim) and n labels",
      actual: `features (${features.shape.join(", ")}) and ${labelCount(labels)} labels`,
    });
  }
  const [n] = features.shape;
  for (const rows of [train, validation?.query ?? [], validation?.database ?? []]) {
    for (const row of rows) {
      if (!(row >= 0 && row < n)) {
        throw new InputError("no such row", { expected: `a row in 0..${n - 1}`, actual: `${row}` });
      }
    }
  }
}

/** @throws {InputError} naming row and column of a feature that is not finite */
export function checkFinite({ data, shape: [, dim] }: NdArray<Float32Array>): void {
  let bad = 0; // a loop: a function called for each of millions of values takes ten times as long
  while (bad < data.length && Number.isFinite(data[bad])) bad++;
  if (bad === data.length) return;
  throw new InputError("the features hold a value that is not finite", {
    expected: "finite values; rows of images that could not be read hold NaN (failed.csv lists them)",
    actual: `${data[bad]} in row ${Math.floor(bad / dim)}, column ${bad % dim}`,
  });
}

function checkShapes({ train, validation }: TrainingData, config: TrainConfig): void {
  const { batch, patience, keep } = config;
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

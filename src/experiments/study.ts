import type { Backbone } from "../backbone/backbone.js";
import { openBackbone } from "../backbone/open-backbone.js";
import { openDataset } from "../catalogue/open-dataset.js";
import type { EngineChoice } from "../compute/engine.js";
import { chooseEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { datasetSummary } from "../datasets/dataset.js";
import { sampleDataset } from "../datasets/sample.js";
import type { Split } from "../datasets/split.js";
import { hashingSplit, validationSplit } from "../datasets/split.js";
import type { FeatureSet } from "../features/extract.js";
import { extractFeatures } from "../features/extract.js";

/** What the notebooks on training and evaluation start from. */
export interface Study {
  readonly dataset: Dataset;
  readonly backbone: Backbone;
  readonly engine: Engine;
  /** Why this engine. */
  readonly engineReason: EngineChoice["reason"];
  readonly featureSet: FeatureSet;
  /** Queries, train rows, database. */
  readonly split: Split;
  /** 5 % of the train rows held out to watch the training with. */
  readonly validation: Split;
}

/** Settings of {@link openStudy}. */
export interface StudyOptions {
  /** As for `openDataset`. */
  readonly dataset: string;
  /** As for `openBackbone`. Default efficientnet-lite0. */
  readonly backbone?: string;
  /** Of the splits. Default 0. */
  readonly seed?: number;
  /** Use 40 images a class instead of all, to see that everything works. Default false. */
  readonly smoke?: boolean;
  /** Told of the extraction, when features have to be made. */
  readonly onProgress?: ProgressListener;
}

/** Queries and train images a class in the usual protocol. */
const QUERIES = 100;
const TRAIN = 500;

/** Images a class in a smoke study: queries, train, and all. */
const SMOKE = { queryPerClass: 8, trainPerClass: 24, perClass: 40 };

/**
 * A dataset as a study uses it: whole, or a small seeded sample for smoke runs (40 images a class).
 * @param name as for `openDataset`
 * @throws {UsageError} as `openDataset`
 */
export async function openStudyDataset(name: string, options: { smoke?: boolean } = {}): Promise<Dataset> {
  const whole = await openDataset(name);
  if (options.smoke !== true) return whole;
  return sampleDataset(whole, { perClass: Math.min(SMOKE.perClass, datasetSummary(whole).smallestClass) });
}

/**
 * The split of a study: of each class 100 queries and 500 train images, the database all but the queries. Datasets with
 * a class too small for that get a tenth of their smallest class as queries and half of it as train images; smoke runs
 * get a few.
 * @throws {InputError} when a class has fewer than two images
 */
export function studySplit(dataset: Dataset, options: { smoke?: boolean; seed?: number } = {}): Split {
  const { smoke = false, seed = 0 } = options;
  const { queryPerClass, trainPerClass } = SMOKE;
  const { smallestClass } = datasetSummary(dataset);
  if (smoke && smallestClass > queryPerClass + trainPerClass) {
    return hashingSplit(dataset, { queryPerClass, trainPerClass, seed });
  }
  if (smallestClass > QUERIES + TRAIN) return hashingSplit(dataset, { seed });
  return hashingSplit(dataset, {
    queryPerClass: Math.max(1, Math.floor(smallestClass / 10)),
    trainPerClass: Math.max(1, Math.floor(smallestClass / 2)),
    seed,
  });
}

/**
 * Opens dataset, backbone and engine, splits, and extracts features or finds them on disk.
 * @throws {UsageError} for an unknown dataset or backbone
 * @throws {InputError} when an image cannot be read: a study judges every row
 */
export async function openStudy(options: StudyOptions): Promise<Study> {
  const { backbone: backboneName = "efficientnet-lite0", onProgress } = options;
  const dataset = await openStudyDataset(options.dataset, options);
  const backbone = await openBackbone(backboneName);
  const { engine, reason } = await chooseEngine();
  // strict: a study judges every row, so an image that cannot be read ends it here, by name
  const featureSet = await extractFeatures(dataset, backbone, { engine, onProgress, strict: true });
  const split = studySplit(dataset, options);
  const validation = validationSplit(dataset, split);
  return { dataset, backbone, engine, engineReason: reason, featureSet, split, validation };
}

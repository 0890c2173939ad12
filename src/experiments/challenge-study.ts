import type { Backbone } from "../backbone/backbone.js";
import { openBackbone } from "../backbone/open-backbone.js";
import { openDataset } from "../catalogue/open-dataset.js";
import type { ChallengeSet } from "../challenge/challenge-set.js";
import { challengeSet } from "../challenge/challenge-set.js";
import { productFold } from "../challenge/product-folds.js";
import { chooseEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { ProgressListener } from "../core/progress.js";
import { takeLabels } from "../core/take-labels.js";
import type { Dataset } from "../datasets/dataset.js";
import { singleLabelled } from "../datasets/dataset.js";
import { datasetOfRows } from "../datasets/dataset-of-rows.js";
import { mergeProducts, readProductMerges } from "../datasets/product-merges.js";
import type { Split } from "../datasets/split.js";
import type { FeatureSet } from "../features/extract.js";
import { extractFeatures } from "../features/extract.js";
import type { FeatureSettings, JoinedFeatures } from "../features/feature-settings.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import type { Views } from "../images/preprocessing.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import type { Side, Sides } from "../ranking/side.js";
import { holdOut } from "../training/hold-out.js";
import type { WhichChallenge } from "./challenge-datasets.js";
import { namedDatasets } from "./challenge-datasets.js";
import { challengeFeatures, failedImages, mapValues } from "./challenge-features.js";
import type { ExperimentData } from "./experiment-data.js";
import { fillFailed, readableOnly } from "./readable-features.js";

/** Settings of {@link openChallenge}. */
export interface ChallengeOptions extends WhichChallenge {
  /** Which fold of the products is held out. Default the first of five. */
  readonly fold?: { readonly fold: number; readonly of: number };
  /** Of the folds and of the products to watch the training with. Default 0. */
  readonly seed?: number;
  /** As for `openBackbone`. Default efficientnet-lite0. */
  readonly backbone?: string;
  /** Sets of features by the names that candidates ask for them by. Default: one, "features", as `backbone` says. */
  readonly features?: Readonly<Record<string, FeatureSettings | JoinedFeatures>>;
  /** A list of products that are one, as `hashbook dataset --duplicates` writes it and people edit it. Default: none. */
  readonly mergeProducts?: string;
  /** How images are made, as for `openBackbone`; `truncated: "accept"` takes those that are cut short. */
  readonly preprocessing?: PreprocessingSettings;
}

/** The challenge made ready: labelled products in a fold, and a test part. */
export interface ChallengeStudy extends ExperimentData {
  /** Labelled images that could be read; all rows and splits are of these. */
  readonly dataset: Dataset<Int32Array>;
  /** Features of these images: the first of their sets. */
  readonly featureSet: FeatureSet<Int32Array>;
  /** All of them by name. */
  readonly featureSets: Readonly<Record<string, FeatureSet<Int32Array>>>;
  /** The fold: its queries, its gallery as the database, and the rows of all other products to train on. */
  readonly split: Split;
  /** A seventh of the products trained on, held out to watch the training with. */
  readonly validation: Split;
  /** The fold as a challenge: names and labels. */
  readonly heldOut: ChallengeSet;
  /** The test part, its features, its names. Images that could not be read have the mean feature: all need places. */
  readonly testDataset: Dataset;
  /** Folder of both datasets, the `--root` of the command line. */
  readonly root: string;
  readonly testFeatures: FeatureSet;
  readonly testFeatureSets: Readonly<Record<string, FeatureSet>>;
  readonly test: ChallengeSet;
  /** Images that could not be read, by row of the datasets as they are on disk. */
  readonly unreadable: { readonly labelled: readonly FailedImage[]; readonly test: readonly FailedImage[] };
  /** True when the images were drawn, not photographed. */
  readonly synthetic: boolean;
  readonly backbone: Backbone;
  readonly engine: Engine;
  readonly engineReason: string;
}

/** Why train rows are not searched in. */
const ORIGIN = "DIGIX 2020, whose test products are none of those trained on";

/** Part of the products trained on that a training is watched with. */
const WATCHED = 1 / 7;

/**
 * Opens DIGIX or the sample (made when missing), extracts features or finds them on disk, and deals the products.
 * Images that cannot be read, of which DIGIX has some, stop nothing: labelled ones are left out, those of the test
 * part get the mean feature.
 * @throws {UsageError} for an unknown backbone
 * @throws {InputError} when there is no such fold, or the images are not in DIGIX' layout
 */
export async function openChallenge(options: ChallengeOptions = {}): Promise<ChallengeStudy> {
  const { fold = { fold: 1, of: 5 }, seed = 0, preprocessing, mergeProducts: list, onProgress } = options;
  const backbone = await openBackbone(options.backbone ?? "efficientnet-lite0", { preprocessing });
  const named = await namedDatasets(options);
  const { root } = named;
  const merges = list === undefined ? { groups: [] } : await readProductMerges(list);
  const extracted = singleLabelled(await openDataset(named.train, { root, onProgress }), "a challenge");
  const labelled = mergeProducts(extracted, merges, list ?? "");
  const testDataset = singleLabelled(await openDataset(named.test, { root, onProgress }), "a challenge");
  watchedSplit(labelled, { ...productFold(labelled.labels, { ...fold, seed }), seed, protocol: "" }); // before hours of work
  const { engine, reason } = await chooseEngine();
  const asked = { backbone, features: options.features, learnFrom: extracted, preprocessing, engine, onProgress };
  const all = await challengeFeatures(extracted, asked); // features do not depend on which products are one
  const { dataset, featureSets, unreadable: failed } = readableOnly(labelled, all);
  const testRead = await challengeFeatures(testDataset, asked);
  const testFeatureSets = mapValues(testRead, fillFailed);
  const { searchedAs } = dataset;
  const { train, query, gallery } = productFold(dataset.labels, { ...fold, seed, searchedAs });
  const less = failed.length === 0 ? "" : `, without ${failed.length} unreadable images`;
  const queries =
    searchedAs === undefined ? "a fifth of their images as queries" : "those of the test's kind as queries";
  const protocol = `products of fold ${fold.fold} of ${fold.of}, ${queries}${less}`;
  const split: Split = { protocol, seed, asPublished: ORIGIN, query, train, database: gallery };
  return {
    dataset,
    featureSet: Object.values(featureSets)[0],
    featureSets,
    split,
    validation: watchedSplit(dataset, split),
    heldOut: challengeSet(dataset, { fold, foldSeed: seed }),
    testDataset,
    root,
    testFeatures: Object.values(testFeatureSets)[0],
    testFeatureSets,
    test: challengeSet(testDataset),
    unreadable: { labelled: failed, test: failedImages(testRead) },
    synthetic: dataset.synthetic === true,
    backbone,
    engine,
    engineReason: reason,
  };
}

/** Whole products out of those trained on, as queries and database. */
function watchedSplit(
  { labels }: Dataset,
  { train, seed, protocol }: Pick<Split, "train" | "seed" | "protocol">,
): Split {
  const held = holdOut(takeLabels(labels, train), { fraction: WATCHED, by: "classes", seed });
  const rowsOf = (places: Int32Array): Int32Array => places.map(place => train[place]);
  return {
    protocol: `a seventh of the products trained on, of (${protocol})`,
    seed,
    query: rowsOf(held.query),
    train: rowsOf(held.train),
    database: rowsOf(held.database),
  };
}

/**
 * Features of the fold's queries and gallery from several views of each image, averaged: another network input, the
 * same bytes. Extracted with the study's backbone and engine, or found on disk.
 * @param study which fold
 * @param options the views, and who is told of the progress
 * @throws {InputError} when a seed or view is no whole number
 */
export async function heldOutFeatures(
  study: ChallengeStudy,
  { views, onProgress }: { readonly views: Views; readonly onProgress?: ProgressListener },
): Promise<Sides> {
  const { dataset, split, backbone, engine } = study;
  const seeing = { ...backbone, preprocessing: { ...backbone.preprocessing, views } };
  const of = async (rows: Int32Array, role: string): Promise<Side> => {
    const part = datasetOfRows(dataset, rows, role);
    const { features } = fillFailed(await extractFeatures(part, seeing, { engine, onProgress }));
    return { features };
  };
  return { queries: await of(split.query, "fold-query"), database: await of(split.database, "fold-gallery") };
}

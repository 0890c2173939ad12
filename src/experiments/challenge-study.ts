import { stat } from "node:fs/promises";
import type { Backbone } from "../backbone/backbone.js";
import { openBackbone } from "../backbone/open-backbone.js";
import { openDataset } from "../catalogue/open-dataset.js";
import type { ChallengeSet } from "../challenge/challenge-set.js";
import { challengeSet } from "../challenge/challenge-set.js";
import { productFold } from "../challenge/product-folds.js";
import { chooseEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { takeRows } from "../core/arrays.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import { takeLabels } from "../core/take-labels.js";
import type { Dataset } from "../datasets/dataset.js";
import { singleLabelled } from "../datasets/dataset.js";
import { datasetOfRows } from "../datasets/dataset-of-rows.js";
import { digixFolder } from "../datasets/digix.js";
import type { Split } from "../datasets/split.js";
import { digixSampleFolder, makeDigixSample } from "../digix-sample/generate.js";
import type { SampleProducts } from "../digix-sample/plan.js";
import type { FeatureSet } from "../features/extract.js";
import { extractFeatures } from "../features/extract.js";
import type { FeatureSettings, JoinedFeatures } from "../features/feature-settings.js";
import { withMeanFeature } from "../features/features-file.js";
import type { FailedImage } from "../images/preprocessed-batches.js";
import type { Views } from "../images/preprocessing.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import type { Side, Sides } from "../ranking/side.js";
import { holdOut } from "../training/hold-out.js";
import { challengeFeatures, failedImages, mapValues } from "./challenge-features.js";
import type { ExperimentData } from "./experiment-data.js";

/** Settings of {@link openChallenge}. */
export interface ChallengeOptions {
  /** Which fold of the products is held out. Default the first of five. */
  readonly fold?: { readonly fold: number; readonly of: number };
  /** Of the folds and of the products to watch the training with. Default 0. */
  readonly seed?: number;
  /** Use a sample of few products in any case, to see that everything works. Default false. */
  readonly smoke?: boolean;
  /**
   * Use a sample of so many labelled products, 1 to 10,000 (DIGIX has 3,097), drawn in a folder of its own,
   * `data/digix-sample-N`. Default: DIGIX, where it is not here the sample of 216.
   */
  readonly products?: number;
  /** As for `openBackbone`. Default efficientnet-lite0. */
  readonly backbone?: string;
  /** Sets of features by the names that candidates ask for them by. Default: one, "features", as `backbone` says. */
  readonly features?: Readonly<Record<string, FeatureSettings | JoinedFeatures>>;
  /** Folder of train_data and the test parts. Default: data/digix, where there is none the sample. */
  readonly root?: string;
  /** Which test part is answered. Default "a". */
  readonly part?: "a" | "b";
  /** How images are made, as for `openBackbone`; `truncated: "accept"` takes those that are cut short. */
  readonly preprocessing?: PreprocessingSettings;
  readonly onProgress?: ProgressListener;
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

/** Products of a smoke run: drawn in seconds. */
const SMOKE_PRODUCTS = { train: 15, testA: 6, testB: 1 };

/** The labelled and the test dataset, and the folder that both are in. */
interface ChallengeDatasets {
  readonly train: string;
  readonly test: string;
  readonly root: string;
}

/**
 * Names of the labelled and the test dataset, and their folder: the one given, else DIGIX where it is, else the synthetic
 * sample.
 */
export async function challengeDatasets(part: "a" | "b" = "a", root?: string): Promise<ChallengeDatasets> {
  const official = (await stat(digixFolder()).catch(() => undefined))?.isDirectory() === true;
  if (root !== undefined || official)
    return { train: "digix", test: `digix-test-${part}`, root: root ?? digixFolder() };
  return { train: "digix-sample", test: `digix-sample-test-${part}`, root: digixSampleFolder() };
}

/** A sample of other numbers of products in a folder of its own, made when missing. */
async function drawnDatasets(
  suffix: string,
  products: Partial<SampleProducts>,
  part: "a" | "b",
  onProgress: ProgressListener | undefined,
): Promise<ChallengeDatasets> {
  const root = dataPath(`digix-sample-${suffix}`);
  await makeDigixSample(root, { products, onProgress });
  return { train: "digix-sample", test: `digix-sample-test-${part}`, root };
}

/** What the options name: a sample of so many products, a folder, or what is there. */
function namedDatasets({
  smoke,
  products,
  part = "a",
  root,
  onProgress,
}: ChallengeOptions): Promise<ChallengeDatasets> {
  if (smoke === true) return drawnDatasets("smoke", SMOKE_PRODUCTS, part, onProgress);
  if (products !== undefined) return drawnDatasets(`${products}`, { train: products }, part, onProgress);
  return challengeDatasets(part, root);
}

/**
 * Opens DIGIX or the sample (made when missing), extracts features or finds them on disk, and deals the products.
 * Images that cannot be read, of which DIGIX has some, stop nothing: labelled ones are left out, those of the test
 * part get the mean feature.
 * @throws {UsageError} for an unknown backbone
 * @throws {InputError} when there is no such fold, or the images are not in DIGIX' layout
 */
export async function openChallenge(options: ChallengeOptions = {}): Promise<ChallengeStudy> {
  const { fold = { fold: 1, of: 5 }, seed = 0, preprocessing, onProgress } = options;
  const backbone = await openBackbone(options.backbone ?? "efficientnet-lite0", { preprocessing });
  const named = await namedDatasets(options);
  const { root } = named;
  const labelled = singleLabelled(await openDataset(named.train, { root, onProgress }), "a challenge");
  const testDataset = singleLabelled(await openDataset(named.test, { root, onProgress }), "a challenge");
  watchedSplit(labelled, { ...productFold(labelled.labels, { ...fold, seed }), seed, protocol: "" }); // before hours of work
  const { engine, reason } = await chooseEngine();
  const asked = { backbone, features: options.features, learnFrom: labelled, preprocessing, engine, onProgress };
  const all = await challengeFeatures(labelled, asked);
  const failed = failedImages(all);
  const { dataset, featureSets } = readableOnly(labelled, all, failed);
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

/** What a notebook has to say first: which images these are, and how many of them could not be read. */
export function challengeNotice(
  study: Pick<ChallengeStudy, "dataset" | "synthetic" | "engine" | "testDataset" | "unreadable" | "root">,
): string {
  const { dataset, synthetic, engine, testDataset, unreadable, root } = study;
  const where = root === digixFolder() ? "`data/digix`" : "the folder given";
  const counts = `${dataset.ids.length} labelled images, ${testDataset.ids.length} in test part A; engine ${engine.name}.`;
  const said = `${counts}${unreadableNotice(unreadable)}`;
  if (!synthetic) return `**DIGIX 2020**, as found in ${where}: ${said}`;
  const why = dataset.name.startsWith("digix-sample")
    ? "The DIGIX images are not here (`data/digix` is missing), so this run uses `digix-sample`"
    : `The DIGIX images are not here: ${where} holds a sample`;
  return (
    `**Synthetic images.** ${why}: drawings of devices that do not exist, in the layout of DIGIX. Scores on them say ` +
    `nothing of the challenge. ${said}`
  );
}

function unreadableNotice({ labelled, test }: ChallengeStudy["unreadable"]): string {
  const parts = [
    ...(labelled.length === 0 ? [] : [`${labelled.length} labelled ones are left out`]),
    ...(test.length === 0 ? [] : [`${test.length} of test part A have the mean feature`]),
  ];
  return parts.length === 0 ? "" : ` Images that could not be read: ${parts.join(", ")}.`;
}

/** What is left without the images that could not be read, rows of all in step. */
function readableOnly(
  dataset: Dataset<Int32Array>,
  featureSets: ChallengeStudy["featureSets"],
  failed: readonly FailedImage[],
): Pick<ChallengeStudy, "dataset" | "featureSets"> {
  if (failed.length === 0) return { dataset, featureSets };
  const missing = new Set(failed.map(({ row }) => row));
  const rows = Int32Array.from(dataset.ids.keys()).filter(row => !missing.has(row));
  const left = datasetOfRows(dataset, rows, "readable");
  const ofRows = (set: FeatureSet<Int32Array>): FeatureSet<Int32Array> => {
    return { ...set, features: takeRows(set.features, rows), labels: left.labels, failed: [] };
  };
  return { dataset: left, featureSets: mapValues(featureSets, ofRows) };
}

/** Features with the mean feature in place of those that could not be had. */
function fillFailed<S extends FeatureSet>(featureSet: S): S {
  const rows = featureSet.failed.map(({ row }) => row);
  return { ...featureSet, features: withMeanFeature(featureSet.features, rows) };
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

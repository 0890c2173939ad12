import type { Backbone } from "../backbone/backbone.js";
import { openBackbone } from "../backbone/open-backbone.js";
import type { OpenDatasetOptions } from "../catalogue/open-dataset.js";
import { openDataset } from "../catalogue/open-dataset.js";
import type { EngineChoice } from "../compute/engine.js";
import { chooseEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { InputError } from "../core/errors.js";
import { labelCount, singleLabels } from "../core/labels.js";
import { knownNames } from "../core/nearest-name.js";
import type { ProgressListener } from "../core/progress.js";
import { labelledRows } from "../core/unlabelled.js";
import type { Dataset, DatasetSummary } from "../datasets/dataset.js";
import { datasetSummary } from "../datasets/dataset.js";
import { randomSplit } from "../datasets/random-split.js";
import { ROLES } from "../datasets/roles.js";
import { sampleDataset, sampleRoles } from "../datasets/sample.js";
import type { ClassQuota, Split } from "../datasets/split.js";
import { drawByClass, hashingSplit } from "../datasets/split.js";
import { drawUnseen } from "../datasets/unseen-class-split.js";
import type { FeatureSet } from "../features/extract.js";
import { extractFeatures } from "../features/extract.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import { findProtocol } from "../protocols/known-protocols.js";
import { protocolPreprocessing } from "../protocols/protocol-preprocessing.js";
import { studyValidation } from "./study-validation.js";

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
  /** 5 % of the train rows held out to watch the training with; of whole classes, where the queries are of new ones. */
  readonly validation: Split;
}

/** Where a dataset is, as for `openDataset`: its place, published lists, the folder of their images. */
export type StudyPlaces = Pick<
  OpenDatasetOptions,
  "root" | "images" | "lists" | "stripPrefix" | "classNames" | "missing"
>;

/** Settings of {@link openStudy}. */
export interface StudyOptions extends StudyPlaces {
  /** As for `openDataset`. */
  readonly dataset: string;
  /** As for `openBackbone`. Default efficientnet-lite0. */
  readonly backbone?: string;
  /** How images are made, as for `openBackbone`; `truncated: "accept"` takes those that are cut short. Default: the
   * network's own way; of a named protocol, where it says nothing, the protocol's way from image to square. */
  readonly preprocessing?: PreprocessingSettings;
  /** Of the splits, and of the rule of a protocol (`cifar10` …); roles that lists have stay. Default 0. */
  readonly seed?: number;
  /** Search among so many classes that training never sees, 2 to all but 4; of one class an image. Default: none. */
  readonly unseenClasses?: number;
  /** Use 40 images a class (where the dataset has roles, 400 in all) instead of all, to see that everything works. Default false. */
  readonly smoke?: boolean;
  /** Told of the extraction, when features have to be made. */
  readonly onProgress?: ProgressListener;
}

/** All names of {@link StudyOptions}. */
const STUDY_OPTIONS: Readonly<Record<keyof StudyOptions, true>> = {
  dataset: true,
  root: true,
  images: true,
  lists: true,
  stripPrefix: true,
  classNames: true,
  missing: true,
  backbone: true,
  preprocessing: true,
  seed: true,
  unseenClasses: true,
  smoke: true,
  onProgress: true,
};

/** Queries and train images a class in the usual protocol. */
const QUERIES = 100;
const TRAIN = 500;

/** Images a class in a smoke study: queries, train, and all. */
const SMOKE = { queryPerClass: 8, trainPerClass: 24, perClass: 40 };

/** Images of each role in a smoke study of a dataset that has roles. */
const SMOKE_ROLES = { query: 80, train: 240, database: 80 };

/**
 * A dataset as a study uses it: whole, or a small seeded sample for smoke runs (40 images a class, all of smaller ones;
 * some of each role where there are roles).
 * @param name as for `openDataset`
 * @throws {UsageError} as `openDataset`
 */
export async function openStudyDataset(
  name: string,
  { smoke = false, seed, ...places }: StudyPlaces & Pick<StudyOptions, "smoke" | "seed" | "onProgress"> = {},
): Promise<Dataset> {
  const ofRule = findProtocol(name)?.rule === undefined ? {} : { seed };
  const whole = await openDataset(name, { ...places, ...ofRule });
  if (!smoke) return whole;
  if (whole.roles !== undefined) return sampleRoles(whole, SMOKE_ROLES);
  return sampleDataset(whole, { perClass: SMOKE.perClass, smaller: "take" });
}

/** Whether a dataset says itself what is searched, and what is trained on. */
function givesRoles({ roles }: Dataset): boolean {
  return roles !== undefined && [roles.query, roles.train, roles.database].every(rows => rows.length > 0);
}

/** Published roles are not drawn over. @throws {InputError} when one of them has no images */
function checkRolesWhole({ name, roles }: Dataset): void {
  if (roles?.asPublished === undefined) return;
  const absent = ROLES.filter(role => roles[role].length === 0);
  throw new InputError(`the lists of ${name} have no ${absent.join(" and no ")} images`, {
    expected: "train.txt beside the others; or one file of all images (label-file), of which a study draws the roles",
    actual: roles.asPublished,
  });
}

/** What a class of so many images gives: the usual numbers where it has enough, else a tenth of it and half of it. */
function quotaOf(images: number, smoke: boolean): ClassQuota {
  const database = Number.POSITIVE_INFINITY;
  const { queryPerClass, trainPerClass } = SMOKE;
  if (smoke && images > queryPerClass + trainPerClass) {
    return { query: queryPerClass, train: trainPerClass, database };
  }
  if (images > QUERIES + TRAIN) return { query: QUERIES, train: TRAIN, database };
  if (images < 2) return { query: 0, train: 0, database };
  return { query: Math.max(1, Math.floor(images / 10)), train: Math.max(1, Math.floor(images / 2)), database };
}

/**
 * The split of a study: the roles of the dataset where it has them, else of each class 100 queries and 500 train images,
 * the database all but the queries. A class too small for that gives a tenth of its images as queries and half of them as
 * train images; one of a single image lies in the database only. Images of several classes are drawn from all at random:
 * a tenth of them queries, half to train on, as far as 5,000 and 10,000. Smoke runs get a few. What classes lack is said
 * in the protocol.
 * @throws {InputError} when no class has two images, or published lists lack a role
 */
export function studySplit(
  dataset: Dataset,
  options: {
    smoke?: boolean;
    seed?: number;
    /** As for `openStudy`. */
    unseenClasses?: number;
  } = {},
): Split {
  const { smoke = false, seed = 0, unseenClasses } = options;
  if (unseenClasses !== undefined) return unseenStudySplit(dataset, { smoke, seed, unseenClasses });
  if (givesRoles(dataset)) return dataset.roles!;
  checkRolesWhole(dataset);
  if (!(dataset.labels instanceof Int32Array)) return randomSplit(dataset, { ...randomSizes(dataset, smoke), seed });
  const { perClass } = datasetSummary(dataset);
  const sizes = perClass.map(({ images }) => images);
  const quotas = sizes.map(images => quotaOf(images, smoke));
  if (quotas.every(({ query }) => query === 0)) {
    const largest = perClass.find(({ images }) => images > 0);
    throw new InputError(`all classes of ${dataset.name} are too small for a split`, {
      expected: "a class of two images or more: one to search with, one to find",
      actual: largest === undefined ? "no image of a known class" : `${largest.name} has ${largest.images}`,
    });
  }
  const [{ query, train }] = quotas;
  if (quotas.every(one => one.query === query && one.train === train)) {
    return hashingSplit(dataset, { queryPerClass: query, trainPerClass: train, seed });
  }
  const usual = smoke ? SMOKE : { queryPerClass: QUERIES, trainPerClass: TRAIN };
  const protocol =
    `per class: ${usual.queryPerClass} query, ${usual.trainPerClass} train where it has more, else a tenth and half of ` +
    `it, database everything but the queries; train is part of it${lackingText(perClass, usual)}`;
  return { protocol, seed, ...drawByClass(dataset, images => quotaOf(images, smoke), seed) };
}

/** Of images of several classes: a tenth as queries and half to train on, at most 5,000 and 10,000 as in the papers. */
function randomSizes({ labels }: Dataset, smoke: boolean): { queries: number; train: number } {
  const every = Int32Array.from({ length: labelCount(labels) }, (_, row) => row);
  const images = labelledRows(labels, every).length;
  const most = smoke ? SMOKE_ROLES : { query: 5000, train: 10_000 };
  return {
    queries: Math.max(1, Math.min(most.query, Math.floor(images / 10))),
    train: Math.max(1, Math.min(most.train, Math.floor(images / 2))),
  };
}

/** @throws {InputError} for a dataset that has roles, or several classes an image */
function unseenStudySplit(
  dataset: Dataset,
  { smoke, ...options }: { smoke: boolean; seed: number; unseenClasses: number },
): Split {
  if (givesRoles(dataset)) {
    throw new InputError(`${dataset.name} has roles of its own`, { expected: "unseenClasses of data without roles" });
  }
  singleLabels(dataset.labels, "a split by class");
  return drawUnseen(dataset, images => quotaOf(images, smoke), options);
}

/** Classes named in a protocol. */
const NAMED = 5;

/** What which classes lack, in words. */
function lackingText(
  classes: DatasetSummary["perClass"],
  { queryPerClass, trainPerClass }: { readonly queryPerClass: number; readonly trainPerClass: number },
): string {
  const needed = queryPerClass + trainPerClass + 1;
  const wordsOf = (what: string, list: DatasetSummary["perClass"]): string => {
    if (list.length === 0) return "";
    const names = list.slice(0, NAMED).map(({ name, images }) => `${name} (${images})`);
    return `; ${list.length} ${what}: ${names.join(", ")}${list.length > NAMED ? ", …" : ""}`;
  };
  const small = classes.filter(({ images }) => images >= 2 && images < needed);
  const alone = classes.filter(({ images }) => images === 1);
  const empty = classes.filter(({ images }) => images === 0);
  return [
    wordsOf(`classes have fewer than ${needed} images`, small),
    wordsOf("classes have one image, which is in the database alone", alone),
    wordsOf("classes have none", empty),
  ].join("");
}

/**
 * Opens dataset and backbone, splits, and extracts features or finds them on disk. What can be refused is refused before
 * the first image is read.
 * @throws {UsageError} for an unknown dataset or backbone
 * @throws {InputError} for an option of another name, when no class is large enough, and when an image cannot be read: a study judges every row
 */
export async function openStudy(options: StudyOptions): Promise<Study> {
  checkStudyOptions(options);
  const { dataset: name, backbone: backboneName = "efficientnet-lite0", preprocessing = {}, onProgress } = options;
  const { smoke, seed, root, images, lists, stripPrefix, classNames, missing } = options;
  const { settings, assumption } = protocolPreprocessing(name, preprocessing);
  const backbone = withAssumption(await openBackbone(backboneName, { preprocessing: settings }), assumption);
  const places = { root, images, lists, stripPrefix, classNames, missing };
  const dataset = await openStudyDataset(name, { ...places, smoke, seed, onProgress });
  const split = studySplit(dataset, options);
  const validation = studyValidation(dataset, split);
  const { engine, reason } = await chooseEngine();
  // strict: a study judges every row, so an image that cannot be read ends it here, by name
  const featureSet = await extractFeatures(dataset, backbone, { engine, onProgress, strict: true });
  return { dataset, backbone, engine, engineReason: reason, featureSet, split, validation };
}

/** A slip in a name would open other data than was meant. */
function checkStudyOptions(options: StudyOptions): void {
  const unknown = Object.keys(options).find(name => !Object.hasOwn(STUDY_OPTIONS, name));
  if (unknown === undefined) return;
  throw new InputError(`unknown option "${unknown}" of a study`, {
    expected: knownNames(unknown, Object.keys(STUDY_OPTIONS)),
  });
}

/** What its features are made by, and what of that nobody has asked for. */
function withAssumption(backbone: Backbone, assumption: string | undefined): Backbone {
  return assumption === undefined
    ? backbone
    : { ...backbone, assumptions: [...(backbone.assumptions ?? []), assumption] };
}

import type { Backbone } from "../backbone/backbone.js";
import { openBackbone } from "../backbone/open-backbone.js";
import type { OpenDatasetOptions } from "../catalogue/open-dataset.js";
import { openDataset } from "../catalogue/open-dataset.js";
import type { EngineChoice } from "../compute/engine.js";
import { chooseEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { Precision } from "../compute/quantization.js";
import { checkPrecision } from "../compute/quantization.js";
import type { Abortable } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import { sampleDataset, sampleRoles } from "../datasets/sample.js";
import type { Split } from "../datasets/split.js";
import type { FeatureSet } from "../features/extract.js";
import { extractFeatures } from "../features/extract.js";
import { calibrateOnce } from "../features/shared-ranges.js";
import type { PreprocessingSettings } from "../images/preprocessing-settings.js";
import { findProtocol } from "../protocols/known-protocols.js";
import { protocolPreprocessing } from "../protocols/protocol-preprocessing.js";
import { SMOKE, SMOKE_ROLES, studySplit } from "./study-split.js";
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
  /** What it was opened with, to open it again. */
  readonly origin: Omit<StudyOptions, "onProgress" | "signal">;
}

/** Where a dataset is, as for `openDataset`: its place, published lists, the folder of their images. */
export type StudyPlaces = Pick<
  OpenDatasetOptions,
  "root" | "images" | "lists" | "stripPrefix" | "classNames" | "missing"
>;

/** Settings of {@link openStudy}. */
export interface StudyOptions extends StudyPlaces, Abortable {
  /** As for `openDataset`. */
  readonly dataset: string;
  /** As for `openBackbone`. Default efficientnet-lite0. */
  readonly backbone?: string;
  /** "int8": the backbone is calibrated on this dataset, as `calibrateBackbone` does by itself, the first time. Default fp32. */
  readonly precision?: Precision;
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
  precision: true,
  preprocessing: true,
  seed: true,
  unseenClasses: true,
  smoke: true,
  onProgress: true,
  signal: true,
};

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

/**
 * Opens dataset and backbone, splits, and extracts features or finds them on disk. What can be refused is refused before
 * the first image is read.
 * @throws {UsageError} for an unknown dataset or backbone
 * @throws {InputError} for an option of another name, when no class is large enough, and when an image cannot be read: a study judges every row
 */
export async function openStudy(options: StudyOptions): Promise<Study> {
  const data = await openStudyData(options);
  const { dataset, backbone: exact } = data;
  const { precision = "fp32", onProgress, signal } = options;
  const backbone = precision === "int8" ? await calibrateOnce(exact, dataset, { onProgress }) : exact;
  const { engine, reason } = await chooseEngine({ precision });
  // strict: a study judges every row, so an image that cannot be read ends it here, by name
  const featureSet = await extractFeatures(dataset, backbone, { engine, onProgress, signal, strict: true });
  return { ...data, backbone, engine, engineReason: reason, featureSet };
}

/** All of a study but its features, which may take long. @throws as {@link openStudy} */
export async function openStudyData(
  options: StudyOptions,
): Promise<Omit<Study, "engine" | "engineReason" | "featureSet">> {
  checkStudyOptions(options);
  checkPrecision(options.precision ?? "fp32");
  const { dataset: name, backbone: backboneName = "efficientnet-lite0", preprocessing = {}, onProgress } = options;
  const { smoke, seed, root, images, lists, stripPrefix, classNames, missing } = options;
  const { settings, assumption } = protocolPreprocessing(name, preprocessing);
  const backbone = withAssumption(await openBackbone(backboneName, { preprocessing: settings }), assumption);
  const places = { root, images, lists, stripPrefix, classNames, missing };
  const dataset = await openStudyDataset(name, { ...places, smoke, seed, onProgress });
  const split = studySplit(dataset, options);
  const validation = studyValidation(dataset, split);
  const { onProgress: _, signal: _s, ...origin } = options;
  return { dataset, backbone, split, validation, origin };
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

import { createHash } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Backbone } from "../backbone/backbone.js";
import type { Pooling } from "../backbone/pooling.js";
import { POOLING_SCHEMA } from "../backbone/pooling.js";
import type { Quantization } from "../compute/quantization.js";
import { describeQuantization, QUANTIZATION_SCHEMA } from "../compute/quantization.js";
import type { Abortable } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { objectOf, TEXT } from "../core/json-schema.js";
import { lockBeside, lockOfFolder, withLock } from "../core/lock.js";
import { dataPath } from "../core/paths.js";
import type { ProgressListener } from "../core/progress.js";
import type { Dataset } from "../datasets/dataset.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { PREPROCESSING_SCHEMA } from "../images/preprocessing.js";
import { calibrateBackbone } from "./calibrate-backbone.js";
import type { FeatureManifest } from "./feature-manifest.js";
import { readFeatureManifest } from "./feature-manifest.js";

/** Ranges and what they were measured of. */
interface MeasuredRanges {
  readonly contentHash: string;
  readonly backbone: string;
  readonly layer?: string;
  readonly pool?: Pooling;
  readonly weightsHash: string;
  readonly preprocessing: Preprocessing;
  readonly quantization: Quantization;
}

/** Lies in the folder of all shards. */
export const RANGES_FILE = "ranges.json";

/** Raised when a reader of the version before would misread it. */
const RANGES_FORMAT = 1;

const RANGES_JSON: JsonFileKind<MeasuredRanges> = {
  what: "the ranges of an int8 network",
  remedy: "without the file they are measured again",
  format: {
    version: RANGES_FORMAT,
    older: "ranges of this version: remove the file, and they are measured again",
    since: true,
  },
  schema: objectOf(
    {
      contentHash: TEXT,
      backbone: TEXT,
      weightsHash: TEXT,
      preprocessing: PREPROCESSING_SCHEMA,
      quantization: QUANTIZATION_SCHEMA,
    },
    { layer: TEXT, pool: POOLING_SCHEMA },
  ),
};

/** Settings of {@link calibrateOnce}. */
export interface CalibrateOnceOptions extends Abortable {
  /** Of the data folder to be written, or of all its shards. Default: the ranges are kept among the features, by name. */
  readonly folder?: string;
  /** Whether `folder` is that of all shards. Default false. */
  readonly shards?: boolean;
  readonly onProgress?: ProgressListener;
}

/**
 * `calibrateBackbone`, unless ranges of the same network and data are there already: in the folder to be written, or among
 * the features where they name their folder themselves. A run that was killed goes on with those it began with, shards share
 * those that the first one measured, and a study opened again measures nothing. Measured again on another machine they could
 * differ in their last digit, and the features would not belong together.
 * @throws {InputError} as `calibrateBackbone`, and when a file in the folder is damaged
 */
export async function calibrateOnce(
  backbone: Backbone,
  dataset: Dataset,
  { folder, shards = false, signal, onProgress }: CalibrateOnceOptions = {},
): Promise<Backbone> {
  const calibrate = (): Promise<Backbone> => calibrateBackbone(backbone, dataset, { signal, onProgress });
  if (folder !== undefined && !shards) {
    const found = await readFeatureManifest(folder);
    return isOf(found, backbone, dataset) ? { ...backbone, quantization: found.quantization } : calibrate();
  }
  const file = folder === undefined ? rangesFileOf(backbone, dataset) : join(folder, RANGES_FILE);
  const read = async (): Promise<Backbone | undefined> => {
    const found = await readJsonFileIfAny(file, RANGES_JSON);
    return isOf(found, backbone, dataset) ? { ...backbone, quantization: found.quantization } : undefined;
  };
  const measure = async (): Promise<Backbone> => {
    const made = await calibrate();
    const measured = { format: RANGES_FORMAT, ...measuredOf(made, dataset) };
    await writeAtomically(file, `${JSON.stringify(measured, null, 2)}\n`);
    return made;
  };
  const lock = folder === undefined ? lockBeside(file) : lockOfFolder(folder);
  const readOrMeasure = async (): Promise<Backbone> => (await read()) ?? measure();
  // What is there is only read, also where nothing can be written.
  return (await read()) ?? withLock(lock, readOrMeasure, { task: "measuring the ranges of int8", signal });
}

/** Where the ranges of a network on some data are kept that no folder was named for. */
function rangesFileOf(backbone: Backbone, dataset: Dataset): string {
  const { quantization: _, ...of } = measuredOf(backbone, dataset);
  const key = createHash("sha256").update(JSON.stringify(of)).digest("hex").slice(0, 12);
  return dataPath("features", `ranges-${key}.json`);
}

function measuredOf(backbone: Backbone, { contentHash }: Dataset): MeasuredRanges {
  const { name, layer, pool, weightsHash, preprocessing, quantization } = backbone;
  const where = { ...(layer === undefined ? {} : { layer }), ...(pool === undefined ? {} : { pool }) };
  return { contentHash, backbone: name, ...where, weightsHash, preprocessing, quantization: quantization! };
}

function isOf<Found extends Partial<MeasuredRanges>>(
  found: Found | undefined,
  backbone: Backbone,
  dataset: Dataset,
): found is Found & { readonly quantization: Quantization } {
  if (found?.quantization === undefined) return false;
  const { quantization: _, ...wanted } = measuredOf(backbone, dataset);
  return (Object.keys(wanted) as (keyof typeof wanted)[]).every(key => isDeepStrictEqual(found[key], wanted[key]));
}

/**
 * The backbone with ranges that were measured for other features.
 * @param noted how those were made
 * @param file that says so
 * @throws {InputError} when they are not int8, or of another network
 */
export function withRangesOf(backbone: Backbone, noted: FeatureManifest, file: string): Backbone {
  const { quantization } = noted;
  if (quantization === undefined) {
    throw new InputError("these features have no ranges: they are fp32", { file, expected: "features of int8" });
  }
  const of = (one: { backbone: string; layer?: string; weightsHash: string }): string =>
    `${one.backbone}${one.layer === undefined ? "" : `, layer ${one.layer}`}, weights ${one.weightsHash}`;
  const [found, wanted] = [of(noted), of({ ...backbone, backbone: backbone.name })];
  if (found === wanted) return { ...backbone, quantization };
  throw new InputError(`${describeQuantization(quantization)}: the ranges are those of another network`, {
    file,
    expected: wanted,
    actual: found,
  });
}

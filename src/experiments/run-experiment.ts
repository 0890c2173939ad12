import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { binarize } from "../codes/binarize.js";
import { codesFromArray } from "../codes/codes-file.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packCodes } from "../codes/packed-codes.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { checkedDocument, readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, listOf, NUMBER, objectOf, TEXT } from "../core/json-schema.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { readNpy, writeNpy } from "../core/npy.js";
import { runsPath } from "../core/paths.js";
import { queryClasses } from "../datasets/query-classes.js";
import { checkRolesApart, overlapText } from "../datasets/split-overlaps.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import { FEATURE_MANIFEST_SCHEMA } from "../features/feature-manifest.js";
import type { SeenPart } from "../features/seen-parts.js";
import { checkNew, seenText } from "../features/seen-parts.js";
import { encodeFeatures } from "../hashing/encode.js";
import type { HashModel } from "../hashing/hash-model.js";
import { givesCodes } from "../hashing/hash-model.js";
import { methodOf } from "../methods/known-methods.js";
import { loadModel, saveModel } from "../methods/model-file.js";
import type { EvaluateOptions } from "../metrics/evaluate-options.js";
import { checkMeasures } from "../metrics/evaluate-options.js";
import type { MeasuredBy } from "../protocols/headline-rule.js";
import { headlineRule } from "../protocols/headline-rule.js";
import type { EpochRecord, StepRecord } from "../training/history.js";
import { EPOCH_SCHEMA, STEP_SCHEMA } from "../training/history.js";
import type { TrainSettings } from "../training/train-config.js";
import type { TrainOptions } from "../training/train-head.js";
import { PROCESS_ENGINE } from "../training/training-process.js";
import type { Computation } from "./computation.js";
import { fittedComputation, trainingComputation } from "./computation.js";
import type { Environment } from "./environment.js";
import { environment } from "./environment.js";
import { evaluateEmbedding, evaluateSplit } from "./evaluate-split.js";
import type { ExperimentData } from "./experiment-data.js";
import { learnedRows, learnsClasses } from "./learned-rows.js";
import { queriesSeen, seenByExperiment } from "./queries-seen.js";
import type { SearchResult } from "./result.js";

/** What record.json holds: how a model came about. It says nothing of how it does, which is measured when it is read. */
export interface StoredRecord {
  readonly format: number;
  readonly kind: "trained" | "fitted";
  readonly config: Computation["config"];
  readonly features: FeatureManifest;
  readonly epochs: readonly EpochRecord[];
  readonly steps: readonly StepRecord[];
  readonly trainSeconds: number;
  readonly encodeSeconds: number;
  readonly engine: string;
  readonly environment: Environment;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** Everything worth knowing about a finished experiment. */
export interface ExperimentRecord extends StoredRecord, SearchResult {
  readonly bits: number;
  readonly split: {
    readonly protocol: string;
    readonly seed: number;
    readonly validation: string | null;
    /** Of a named protocol. Absent: it has none. */
    readonly name?: string;
    /** Which roles overlap, in words. Absent: none does. */
    readonly overlaps?: string;
  };
  /** Queries that were learned from, where that was allowed. Absent: none, as it should be. */
  readonly seen?: readonly SeenPart[];
  /** Train rows of unknown class, left out or learned from as the config says. Absent: there are none. */
  readonly unlabelledRows?: number;
}

/** A finished experiment: its record, and what it made. */
export interface Experiment {
  readonly record: ExperimentRecord;
  readonly model: HashModel;
  /** Hash codes of all rows of the feature set. */
  readonly codes: PackedCodes;
  /** Holds record.json, head.json, head.safetensors, codes.npy. */
  readonly folder: string;
  /** True when it had been run before and was only read and measured. */
  readonly cached: boolean;
}

/** Settings of {@link runExperiment}. */
export interface ExperimentOptions extends Pick<TrainOptions, "engine" | "process" | "onProgress" | "onEpoch"> {
  /** Folder of all experiments. Default `runs/experiments`. */
  readonly folder?: string;
  /** The R of mAP@R, beside "all". Default 10 and 1000. */
  readonly cutoffs?: readonly number[];
  /**
   * Judge by queries that the model has learned from, or that chose its epoch; record, tables and legends say so. Default
   * false: refused.
   */
  readonly allowSeen?: boolean;
  /** Items of unknown class among queries and database: as for `evaluateCodes`. Default: as the settings treat train rows. */
  readonly unlabelled?: EvaluateOptions["unlabelled"];
  /** Where queries stand in the database, as published lists have it, measure without them too. Default false. */
  readonly dropQueriesFromDatabase?: boolean;
  /** Metrics to measure too, by name or one's own. What was trained before is only measured again. Default: none. */
  readonly metrics?: EvaluateOptions["metrics"];
  /** Whose headline is measured too, as `headline`. Default: that of the data, as of a study of a protocol; else none. */
  readonly protocol?: MeasuredBy;
}

/** Of record.json; raised when what it holds changes. Records of another one are made anew. */
const FORMAT = 2;

const RECORD = { what: "the record of an experiment", remedy: "delete its folder to run it again" };

/** A record of any format. */
const ANY_RECORD_JSON: JsonFileKind<{ readonly format: number }> = {
  ...RECORD,
  schema: objectOf({ format: COUNT }),
};

const RECORD_JSON: JsonFileKind<StoredRecord> = {
  ...RECORD,
  schema: objectOf({
    kind: { enum: ["trained", "fitted"] },
    config: objectOf({ method: TEXT, bits: COUNT }),
    features: FEATURE_MANIFEST_SCHEMA,
    epochs: listOf(EPOCH_SCHEMA),
    steps: listOf(STEP_SCHEMA),
    trainSeconds: NUMBER,
    encodeSeconds: NUMBER,
    engine: TEXT,
    environment: { type: "object" },
    date: TEXT,
  }),
};

/**
 * Trains a head (or fits a method), encodes every row, ranks the database for every query and measures. What computes
 * the same was computed once: its codes are read, and only measured. A training that was killed goes on where it was;
 * `onEpoch` is called once, with the whole course, when it had been finished before.
 * @throws {InputError} as `trainHead`, for settings that the method does not have, and where queries are among the rows
 *   that are learned from
 */
export async function runExperiment(
  data: ExperimentData,
  settings: TrainSettings,
  options: ExperimentOptions = {},
): Promise<Experiment> {
  const {
    folder = runsPath("experiments"),
    cutoffs,
    metrics,
    protocol: given = data.protocol,
    allowSeen = false,
    ...others
  } = options;
  const { dropQueriesFromDatabase, ...listeners } = others;
  const { unlabelled = settings?.unlabelled } = options;
  checkMeasures({ cutoffs, metrics });
  const protocol = given === undefined ? undefined : headlineRule(given);
  // What a process of its own computes, it computes on the compiled CPU engine; encoding goes with it.
  const engine =
    options.process === undefined
      ? (options.engine ?? data.engine ?? (await openEngine()))
      : await openEngine({ engine: PROCESS_ENGINE });
  const method = methodOf(settings?.method);
  const seen = queriesSeen(data, method);
  checkNew(seen, { allow: allowSeen, by: "allowSeen", instead: "queries that are no train and no validation rows" });
  checkRolesApart(data.split);
  const computation = await (method.kind === "trained"
    ? trainingComputation(data, settings, engine.name)
    : fittedComputation(data, method, settings, { engine }));
  const place = join(folder, `${method.name}-${computation.bits}-${computation.key}`);
  const known = (await readStored(place)) ?? (await computeOnce(data, computation, place, { ...listeners, engine }));
  const stored = known ?? (await readStored(place))!;
  if (known !== undefined && known.steps.length > 0) await listeners.onEpoch?.(known.epochs, known.steps);
  const model = await loadModel(place, { method });
  const array = await readNpy(join(place, "codes.npy"));
  const isCode = givesCodes(model);
  const codes = isCode ? codesFromArray(array) : packCodes(binarize(array as NdArray<Float32Array>));
  const started = performance.now();
  const { labels } = data.featureSet;
  const judging = { labels, split: data.split };
  const measuring = { cutoffs, metrics, protocol, unlabelled, dropQueriesFromDatabase };
  const judged = isCode
    ? await evaluateSplit(codes, judging, measuring)
    : await evaluateEmbedding(array as NdArray<Float32Array>, judging, { ...measuring, engine });
  const overlaps = overlapText(data.split);
  const { title, colour } = method;
  const learned = learnedRows(method, data)[0][1];
  const record: ExperimentRecord = {
    ...stored,
    ...judged,
    method: method.name,
    title: seen.length === 0 ? title : `${title} (${seenText(seen)})`,
    ...(colour === undefined ? {} : { colour }),
    bits: computation.bits,
    seed: computation.seed,
    settings: settingsKey(computation.config),
    config: computation.config, // as asked for now: what is equal in all that counts may have been asked for otherwise
    bytesPerItem: isCode ? codes.bytesPerCode : computation.bits * Float32Array.BYTES_PER_ELEMENT,
    evaluateSeconds: (performance.now() - started) / 1000,
    split: {
      protocol: data.split.protocol,
      seed: data.split.seed,
      validation: data.validation?.protocol ?? null,
      ...(data.split.name === undefined ? {} : { name: data.split.name }),
      ...(overlaps === undefined ? {} : { overlaps }),
    },
    ...(learnsClasses(method) ? { queryClasses: queryClasses(labels, data.split.query, learned) } : {}),
    ...(seen.length === 0 ? {} : { seen }),
    ...(computation.unlabelled === 0 ? {} : { unlabelledRows: computation.unlabelled }),
  };
  return { record, model, codes, folder: place, cached: known !== undefined };
}

/** Twelve hexadecimal digits that stand for a config without its seed. */
function settingsKey({ seed: _, ...settings }: Computation["config"]): string {
  const sortKeys = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.map(([name, one]) => [name, sortKeys(one)]);
  };
  return createHash("sha256")
    .update(JSON.stringify(sortKeys(settings)))
    .digest("hex")
    .slice(0, 12);
}

/** Computes what is not stored, or waits for who computes the same; gives what that one has stored. */
function computeOnce(
  data: ExperimentData,
  computation: Computation,
  place: string,
  options: TrainOptions & { readonly engine: Engine },
): Promise<StoredRecord | undefined> {
  const work = async (): Promise<StoredRecord | undefined> => {
    const stored = await readStored(place);
    if (stored !== undefined) return stored;
    await removeLeftovers(place);
    await compute(data, computation, place, options);
    return undefined;
  };
  return withLock(lockOfFolder(place), work, { task: "running an experiment" });
}

/** Computes a model and the codes of all rows, and stores them; record.json comes last and says that all is there. */
async function compute(
  data: ExperimentData,
  computation: Computation,
  place: string,
  options: TrainOptions & { readonly engine: Engine },
): Promise<void> {
  const { method, config } = computation;
  const { featureSet } = data;
  const checkpoints = join(place, "checkpoints");
  const { model, epochs, steps, seconds } = await computation.run({ ...options, checkpoints, resume: true });
  const started = performance.now();
  const relaxed = await encodeFeatures(featureSet.features, model, options);
  const encodeSeconds = (performance.now() - started) / 1000;
  await saveModel(place, model, {
    config,
    features: featureSet.manifest,
    seen: seenByExperiment(data, method),
  });
  await writeNpy(join(place, "codes.npy"), givesCodes(model) ? binarize(relaxed) : relaxed);
  const stored: StoredRecord = {
    format: FORMAT,
    kind: method.kind,
    config,
    features: featureSet.manifest,
    epochs,
    steps,
    trainSeconds: seconds,
    encodeSeconds,
    engine: options.engine.name,
    environment: environment(),
    date: new Date().toISOString(),
  };
  await writeAtomically(join(place, "record.json"), `${JSON.stringify(stored, null, 1)}\n`);
  await rm(checkpoints, { recursive: true, force: true });
}

/** What a folder says, when it holds a whole experiment of this format. @throws {InputError} when it is damaged */
async function readStored(folder: string): Promise<StoredRecord | undefined> {
  const file = join(folder, "record.json");
  const found = await readJsonFileIfAny(file, ANY_RECORD_JSON);
  return found?.format === FORMAT ? checkedDocument(found, file, RECORD_JSON) : undefined;
}

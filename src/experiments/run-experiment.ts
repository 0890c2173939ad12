import { rm } from "node:fs/promises";
import { join } from "node:path";
import { binarize } from "../codes/binarize.js";
import { codesFromArray } from "../codes/codes-file.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packCodes } from "../codes/packed-codes.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { checkAborted } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import { removeLeftovers } from "../core/leftovers.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { readNpy, writeNpy } from "../core/npy.js";
import { runsPath } from "../core/paths.js";
import { queryClasses } from "../datasets/query-classes.js";
import { checkRolesApart, overlapText } from "../datasets/split-overlaps.js";
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
import { pastCourse } from "../training/history.js";
import type { TrainSettings } from "../training/train-config.js";
import type { TrainOptions } from "../training/train-head.js";
import { PROCESS_ENGINE } from "../training/training-process.js";
import type { Computation } from "./computation.js";
import { fittedComputation, trainingComputation } from "./computation.js";
import { environment } from "./environment.js";
import type { JudgedSplit, JudgeOptions } from "./evaluate-split.js";
import { evaluateEmbedding, evaluateSplit } from "./evaluate-split.js";
import type { ExperimentData } from "./experiment-data.js";
import { learnedRows, learnsClasses } from "./learned-rows.js";
import { queriesSeen, seenByExperiment } from "./queries-seen.js";
import type { SearchResult } from "./result.js";
import { settingsKey } from "./settings-key.js";
import type { StoredRecord } from "./stored-record.js";
import { readStored, writeStored } from "./stored-record.js";

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
export interface ExperimentOptions
  extends Pick<TrainOptions, "engine" | "process" | "onProgress" | "onEpoch" | "signal"> {
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
  if (known !== undefined && known.steps.length > 0) {
    await listeners.onEpoch?.(known.epochs, known.steps, pastCourse(known.epochs, known.steps));
  }
  const model = await loadModel(place, { method });
  const { signal } = options;
  const measuring = { cutoffs, metrics, protocol, unlabelled, dropQueriesFromDatabase, engine, signal };
  const { codes, ...figures } = await judgeStored(data, place, model, measuring);
  const record: ExperimentRecord = { ...stored, ...figures, ...descriptionOf(data, computation, seen) };
  return { record, model, codes, folder: place, cached: known !== undefined };
}

/** How a record says that an experiment does. */
type Figures = JudgedSplit & Pick<SearchResult, "bytesPerItem" | "evaluateSeconds">;

/** The codes that are stored of all rows, and how they do: an embedding by its real values. */
async function judgeStored(
  { featureSet: { labels }, split }: ExperimentData,
  place: string,
  model: HashModel,
  { engine, ...judging }: JudgeOptions & { readonly engine: Engine },
): Promise<Figures & { readonly codes: PackedCodes }> {
  const array = await readNpy(join(place, "codes.npy"));
  const isCode = givesCodes(model);
  const values = array as NdArray<Float32Array>;
  const codes = isCode ? codesFromArray(array) : packCodes(binarize(values));
  const started = performance.now();
  const judged = isCode
    ? await evaluateSplit(codes, { labels, split }, judging)
    : await evaluateEmbedding(values, { labels, split }, { ...judging, engine });
  const evaluateSeconds = (performance.now() - started) / 1000;
  const bytesPerItem = isCode ? codes.bytesPerCode : codes.bits * Float32Array.BYTES_PER_ELEMENT;
  return { ...judged, codes, bytesPerItem, evaluateSeconds };
}

/** What a record says beside how it was made and how it does: what was asked for, and of which data. */
function descriptionOf(
  { featureSet: { labels }, split, validation }: ExperimentData,
  { method, bits, seed, config, unlabelled }: Computation,
  seen: readonly SeenPart[],
): Omit<ExperimentRecord, keyof StoredRecord | keyof Figures> & Pick<StoredRecord, "config"> {
  const overlaps = overlapText(split);
  const { name, title, colour } = method;
  const [[, learned]] = learnedRows(method, { split, validation });
  return {
    method: name,
    title: seen.length === 0 ? title : `${title} (${seenText(seen)})`,
    ...(colour === undefined ? {} : { colour }),
    ...{ bits, seed, settings: settingsKey(config) },
    config, // as asked for now: what is equal in all that counts may have been asked for otherwise
    split: {
      protocol: split.protocol,
      seed: split.seed,
      validation: validation?.protocol ?? null,
      ...(split.name === undefined ? {} : { name: split.name }),
      ...(overlaps === undefined ? {} : { overlaps }),
    },
    ...(learnsClasses(method) ? { queryClasses: queryClasses(labels, split.query, learned) } : {}),
    ...(seen.length === 0 ? {} : { seen }),
    ...(unlabelled === 0 ? {} : { unlabelledRows: unlabelled }),
  };
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
  checkAborted(options.signal);
  const started = performance.now();
  const relaxed = await encodeFeatures(featureSet.features, model, options);
  const encodeSeconds = (performance.now() - started) / 1000;
  await saveModel(place, model, {
    config,
    features: featureSet.manifest,
    ...seenByExperiment(data, method),
  });
  await writeNpy(join(place, "codes.npy"), givesCodes(model) ? binarize(relaxed) : relaxed);
  const stored = {
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
  await writeStored(place, stored);
  await rm(checkpoints, { recursive: true, force: true });
}

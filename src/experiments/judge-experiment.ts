import { join } from "node:path";
import { binarize } from "../codes/binarize.js";
import { codesFromArray } from "../codes/codes-file.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import type { NdArray } from "../core/arrays.js";
import { readNpy } from "../core/npy.js";
import { timeWork } from "../core/time-spent.js";
import { queryClasses } from "../datasets/query-classes.js";
import { overlapText } from "../datasets/split-overlaps.js";
import type { SeenPart } from "../features/seen-parts.js";
import { seenText } from "../features/seen-parts.js";
import type { HashModel } from "../hashing/hash-model.js";
import { givesCodes } from "../hashing/hash-model.js";
import { loadModel } from "../methods/model-file.js";
import type { Computation } from "./computation.js";
import type { ComputedExperiment } from "./compute-experiment.js";
import type { JudgedSplit, JudgeOptions } from "./evaluate-split.js";
import { evaluateEmbedding, evaluateSplit } from "./evaluate-split.js";
import type { ExperimentData } from "./experiment-data.js";
import { learnedRows, learnsClasses } from "./learned-rows.js";
import type { SearchResult } from "./result.js";
import { settingsKey } from "./settings-key.js";
import type { StoredRecord } from "./stored-record.js";

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

/**
 * How a computed experiment does: ranks the database for every query by the codes that are stored, and measures.
 * @throws {InputError} for measures that there are not
 */
export async function judgeExperiment(
  data: ExperimentData,
  { computation, folder, engine, seen, stored, cached }: ComputedExperiment,
  { protocol = data.protocol, ...options }: JudgeOptions = {},
): Promise<Experiment> {
  const model = await loadModel(folder, { method: computation.method });
  const { codes, ...figures } = await judgeStored(data, { folder, model }, { ...options, protocol, engine });
  const record: ExperimentRecord = { ...stored, ...figures, ...descriptionOf(data, computation, seen) };
  return { record, model, codes, folder, cached };
}

/**
 * How a computed experiment does for the rows that were held out of the train rows: no query is looked at.
 * @returns tie-aware mAP over the whole ranking, 0..1; undefined without validation rows
 */
export async function validateExperiment(
  { featureSet, validation }: ExperimentData,
  { computation, folder, engine }: ComputedExperiment,
  options: Pick<JudgeOptions, "unlabelled" | "signal"> = {},
): Promise<number | undefined> {
  if (validation === undefined) return undefined;
  const model = await loadModel(folder, { method: computation.method });
  const judging = { ...options, cutoffs: [], engine };
  const { evaluation } = await judgeStored({ featureSet, split: validation }, { folder, model }, judging);
  return evaluation.mAP.all.tieAware;
}

/** How a record says that an experiment does. */
type Figures = JudgedSplit & Pick<SearchResult, "bytesPerItem" | "evaluateSeconds">;

/** The codes that are stored of all rows, and how they do: an embedding by its real values. */
async function judgeStored(
  { featureSet: { labels }, split }: ExperimentData,
  { folder, model }: { readonly folder: string; readonly model: HashModel },
  { engine, ...judging }: JudgeOptions & { readonly engine: Engine },
): Promise<Figures & { readonly codes: PackedCodes }> {
  const array = await readNpy(join(folder, "codes.npy"));
  const isCode = givesCodes(model);
  const values = array as NdArray<Float32Array>;
  const codes = isCode ? codesFromArray(array) : packCodes(binarize(values));
  const started = performance.now();
  const judged = await timeWork("judging", () =>
    isCode
      ? evaluateSplit(codes, { labels, split }, judging)
      : evaluateEmbedding(values, { labels, split }, { ...judging, engine }),
  );
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

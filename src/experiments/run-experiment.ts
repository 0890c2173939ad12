import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { binarize } from "../codes/binarize.js";
import { codesFromArray } from "../codes/codes-file.js";
import type { PackedCodes } from "../codes/packed-codes.js";
import { packCodes } from "../codes/packed-codes.js";
import type { Engine } from "../compute/program.js";
import { writeAtomically } from "../core/files.js";
import { readNpy, writeNpy } from "../core/npy.js";
import { runsPath } from "../core/paths.js";
import { version } from "../core/version.js";
import type { Split } from "../datasets/split.js";
import type { FeatureSet } from "../features/extract.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import { encodeFeatures } from "../hashing/encode.js";
import type { Head } from "../hashing/head-file.js";
import { loadHead, saveHead } from "../hashing/head-file.js";
import { evaluateCodesInDetail } from "../metrics/evaluate.js";
import type { Evaluation } from "../metrics/evaluation.js";
import { takeSide } from "../ranking/side.js";
import type { EpochRecord, StepRecord } from "../training/history.js";
import type { TrainConfig } from "../training/train-config.js";
import type { TrainedHead, TrainListeners } from "../training/train-head.js";
import { trainHead } from "../training/train-head.js";
import type { Environment } from "./environment.js";
import { environment } from "./environment.js";
import type { SearchResult } from "./result.js";

/** What is trained on and judged with. */
export interface ExperimentData {
  readonly featureSet: Pick<FeatureSet, "features" | "labels" | "manifest">;
  /** Rows by role; the queries are seen by the evaluation only. */
  readonly split: Split;
  /** Rows held out of the train rows to watch the training with. Default: train on all train rows, do not watch. */
  readonly validation?: Split;
}

/** Everything worth knowing about a finished experiment, as stored in record.json. */
export interface ExperimentRecord extends SearchResult {
  readonly method: TrainConfig["method"];
  readonly bits: number;
  readonly evaluation: Evaluation;
  readonly config: TrainConfig;
  readonly features: FeatureManifest;
  readonly split: { readonly protocol: string; readonly seed: number; readonly validation: string | null };
  readonly epochs: readonly EpochRecord[];
  readonly steps: readonly StepRecord[];
  readonly encodeSeconds: number;
  readonly engine: string;
  readonly environment: Environment;
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** A finished experiment: its record, and what it made. */
export interface Experiment {
  readonly record: ExperimentRecord;
  readonly head: Head;
  /** Hash codes of all rows of the feature set. */
  readonly codes: PackedCodes;
  /** Holds record.json, head.json, head.safetensors, codes.npy. */
  readonly folder: string;
  /** True when it had been run before and was only read. */
  readonly cached: boolean;
}

/** Settings of {@link runExperiment}. */
export interface ExperimentOptions extends TrainListeners {
  /** Folder of all experiments. Default `runs/experiments`. */
  readonly folder?: string;
}

/**
 * Trains a head, encodes every row, ranks the database for every query and measures; or reads all that, when the same
 * features, split and config were run before; `onEpoch` is then called once, with the whole course.
 */
export async function runExperiment(
  engine: Engine,
  data: ExperimentData,
  config: TrainConfig,
  { folder = runsPath("experiments"), ...listeners }: ExperimentOptions = {},
): Promise<Experiment> {
  const place = join(folder, `${config.method}-${config.bits}-${experimentKey(engine, data, config)}`);
  const known = await readExperiment(place);
  if (known !== undefined) {
    await listeners.onEpoch?.(known.record.epochs, known.record.steps);
    return known;
  }
  const { features, labels } = data.featureSet;
  const trained = await trainHead(
    engine,
    { features, labels, train: data.validation?.train ?? data.split.train, validation: data.validation },
    config,
    listeners,
  );
  const encodeStarted = performance.now();
  const codes = binarize(await encodeFeatures(engine, trained.head, features));
  const encodeSeconds = (performance.now() - encodeStarted) / 1000;
  const packed = packCodes(codes);
  const record = await judge(data, trained, packed, encodeSeconds);
  await saveHead(place, trained.head, { config, features: data.featureSet.manifest });
  await writeNpy(join(place, "codes.npy"), codes);
  await writeAtomically(join(place, "record.json"), `${JSON.stringify(record, null, 1)}\n`); // last: it says all is there
  return { record, head: trained.head, codes: packed, folder: place, cached: false };
}

/** Hash of everything that shapes the outcome. */
function experimentKey(engine: Engine, { featureSet, split, validation }: ExperimentData, config: TrainConfig): string {
  const hash = createHash("sha256");
  const { run: _, ...features } = featureSet.manifest; // who made them says nothing about what they are
  const words = { features, config, engine: engine.name, version, protocol: split.protocol };
  hash.update(JSON.stringify(words));
  for (const rows of [split.query, split.train, split.database, validation?.query, validation?.train]) {
    hash.update(rows === undefined ? "none" : new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
  }
  return hash.digest("hex").slice(0, 12);
}

/** What a folder holds, when it holds a whole experiment. */
async function readExperiment(folder: string): Promise<Experiment | undefined> {
  const text = await readFile(join(folder, "record.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const codes = codesFromArray(await readNpy(join(folder, "codes.npy")));
  return { record: JSON.parse(text), head: await loadHead(folder), codes, folder, cached: true };
}

async function judge(
  { featureSet, split, validation }: ExperimentData,
  trained: TrainedHead,
  codes: PackedCodes,
  encodeSeconds: number,
): Promise<ExperimentRecord> {
  const { labels, manifest } = featureSet;
  const { config, epochs, steps, engine, seconds } = trained;
  const started = performance.now();
  const { evaluation, byRank } = await evaluateSplit(codes, labels, split);
  return {
    method: config.method,
    bits: config.bits,
    evaluation,
    byRank,
    bytesPerItem: codes.bytesPerCode,
    trainSeconds: seconds,
    evaluateSeconds: (performance.now() - started) / 1000,
    encodeSeconds,
    config,
    features: manifest,
    split: { protocol: split.protocol, seed: split.seed, validation: validation?.protocol ?? null },
    epochs,
    steps,
    engine,
    environment: environment(),
    date: new Date().toISOString(),
  };
}

/** Evaluates codes of all rows by the roles of a split. */
export async function evaluateSplit(
  codes: PackedCodes,
  labels: Int32Array,
  split: Split,
): ReturnType<typeof evaluateCodesInDetail> {
  const all = { codes, labels };
  const sides = { queries: takeSide(all, split.query), database: takeSide(all, split.database) };
  return evaluateCodesInDetail(sides, { cutoffs: [10, 1000] });
}

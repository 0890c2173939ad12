import { join } from "node:path";
import type { EngineName } from "../compute/engine.js";
import { openEngine } from "../compute/engine.js";
import type { Engine } from "../compute/program.js";
import { isAborted } from "../core/abort.js";
import { HashbookError } from "../core/errors.js";
import type { ComputedExperiment } from "../experiments/compute-experiment.js";
import { computeExperiment } from "../experiments/compute-experiment.js";
import type { ExperimentData } from "../experiments/experiment-data.js";
import { judgeExperiment, validateExperiment } from "../experiments/judge-experiment.js";
import { planExperiment } from "../experiments/plan-experiment.js";
import type { SearchResult } from "../experiments/result.js";
import { metricOf } from "../metrics/known-metrics.js";
import { copyOutputs } from "../records/run-outputs.js";
import type { Run, RunRecord } from "../records/run-record.js";
import type { TrainSettings } from "../training/train-config.js";
import { PROCESS_ENGINE } from "../training/training-process.js";
import { distance, excess, furthest, measureChanges } from "./measure-changes.js";
import type { MethodPlaces } from "./method-of-record.js";
import { methodOfRecord } from "./method-of-record.js";
import { differingParts, partsText } from "./reopen-data.js";
import type { ReproduceOptions, RunReproduction, Verdict } from "./reproduction.js";
import type { SeedSpread } from "./seed-spread.js";
import { seedSpread } from "./seed-spread.js";
import { changedAround } from "./what-changed.js";

/** What a run is made again with. */
export interface ReproductionContext extends Pick<ReproduceOptions, "signal" | "onProgress">, MethodPlaces {
  readonly data: ExperimentData;
  /** All of its study: what their seeds differ by. */
  readonly siblings: readonly Run[];
  readonly tolerance: number;
  /** Folder that what is computed goes to. */
  readonly scratch: string;
}

/** Runs a recorded run again, from its config alone, and compares. What keeps it from running becomes its verdict. */
export async function reproduceRun(run: Run, context: ReproductionContext): Promise<RunReproduction> {
  const started = performance.now();
  const reproduction = (rest: Omit<RunReproduction, "name" | "seconds">): RunReproduction => ({
    name: run.record.name,
    ...rest,
    seconds: (performance.now() - started) / 1000,
  });
  try {
    return reproduction(await compute(run, context));
  } catch (error) {
    if (isAborted(context.signal) || !(error instanceof HashbookError)) throw error;
    return reproduction({ verdict: "not computed", changed: [error.message], measures: [] });
  }
}

type Compared = Omit<RunReproduction, "name" | "seconds">;

async function compute(run: Run, context: ReproductionContext): Promise<Compared> {
  const { record } = run;
  const { data, scratch, signal, onProgress } = context;
  const parts = differingParts(data, record.data);
  const ofData = parts.length === 0 ? [] : [partsText(parts)];
  if (parts.some(part => part !== "features" && part !== "dataset")) {
    return { verdict: "not computed", changed: ofData, measures: [] };
  }
  const { method, changed: ofMethod } = await methodOfRecord(record, context);
  const { process, engine, changed: ofEngine } = await engineOf(record);
  const settings = { ...record.config, method } as TrainSettings;
  const how = { folder: join(scratch, "experiments"), allowSeen: true, process, engine };
  const planned = await planExperiment(data, settings, how);
  const computed = await computeExperiment(data, planned, { process, signal, onProgress });
  const files = await copyOutputs(computed.folder, join(scratch, "outputs"), record.output);
  const spread = seedSpread(run, context.siblings);
  const { measures, unknown } = await measuresAgain(run, computed, { ...context, spread });
  const isEqual = ["codes.npy", "embedding.npy", "head.safetensors"].every(name => files[name] === record.files[name]);
  const { threads = record.threads } = computed.stored;
  const isSameKey = planned.computation.key === record.key;
  const changed = [
    ...ofData,
    ...ofMethod,
    ...(isSameKey ? [] : ["what is computed (graph of the step, first values, batches, data, or engine)"]),
    ...ofEngine,
    ...changedAround(record, { ...computed.stored, threads }),
    ...unknown,
  ];
  const worst = furthest(measures, context.tolerance);
  const verdict = isEqual ? "bit-equal" : verdictOf(measures, context.tolerance);
  return {
    ...{ verdict, changed, measures },
    ...(worst === undefined ? {} : { furthest: worst }),
    ...(spread === undefined ? {} : { seeds: spread.seeds }),
  };
}

function verdictOf(measures: RunReproduction["measures"], tolerance: number): Verdict {
  if (measures.length === 0) return "different";
  if (measures.every(change => distance(change) <= tolerance)) return "within tolerance";
  return measures.every(change => excess(change, tolerance) <= 0) ? "within the spread of its seeds" : "different";
}

/** What a record was computed on, or the CPU where that is not here. */
async function engineOf({ engine, threads }: RunRecord): Promise<{
  readonly engine?: Engine;
  readonly process?: { readonly threads: number };
  readonly changed: readonly string[];
}> {
  if (engine === PROCESS_ENGINE) return { process: { threads }, changed: [] };
  try {
    return { engine: await openEngine({ engine: engine as EngineName }), changed: [] };
  } catch (error) {
    if (!(error instanceof HashbookError)) throw error;
    return { process: { threads }, changed: [`the engine ${engine} is not here`] };
  }
}

/** All that the record has measured, measured again in the same way. */
async function measuresAgain(
  { record, result, validationMAP }: Run,
  computed: ComputedExperiment,
  { data, signal, spread }: ReproductionContext & { readonly spread?: SeedSpread },
): Promise<{ readonly measures: RunReproduction["measures"]; readonly unknown: readonly string[] }> {
  const { unlabelled } = record.config;
  const now = {
    result: result === undefined ? undefined : await judgedAgain(result, computed, { data, signal, unlabelled }),
    validationMAP: await validateExperiment(data, computed, { unlabelled, signal }),
  };
  const isComparable = (measure: string): boolean => !measure.startsWith("metrics.") || isKnown(measure.slice(8));
  const measures = measureChanges({ result, validationMAP }, now, spread?.reaches);
  const strange = measures.filter(({ measure }) => !isComparable(measure)).map(({ measure }) => measure.slice(8));
  return {
    measures: measures.filter(({ measure }) => isComparable(measure)),
    unknown: strange.map(name => `the metric ${name} is not known here, so it is not compared`),
  };
}

async function judgedAgain(
  { evaluation, headline, withoutQueries }: SearchResult,
  computed: ComputedExperiment,
  { data, signal, unlabelled }: Pick<ReproductionContext, "data" | "signal"> & Pick<TrainSettings, "unlabelled">,
): Promise<SearchResult> {
  const { record } = await judgeExperiment(data, computed, {
    cutoffs: Object.keys(evaluation.mAP).map(Number).filter(Number.isInteger),
    metrics: Object.keys(evaluation.metrics ?? {}).filter(isKnown),
    ...(headline === undefined ? {} : { protocol: headline.protocol }),
    unlabelled: evaluation.unlabelled?.treated ?? unlabelled,
    dropQueriesFromDatabase: withoutQueries !== undefined,
    signal,
  });
  return record;
}

function isKnown(metric: string): boolean {
  try {
    metricOf(metric);
    return true;
  } catch {
    return false;
  }
}

import { join } from "node:path";
import type { Abortable } from "../core/abort.js";
import { isAborted } from "../core/abort.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import type { ComputedExperiment } from "../experiments/compute-experiment.js";
import { computeExperiment } from "../experiments/compute-experiment.js";
import { judgeExperiment, validateExperiment } from "../experiments/judge-experiment.js";
import type { PlannedExperiment } from "../experiments/plan-experiment.js";
import { planExperiment } from "../experiments/plan-experiment.js";
import type { SearchResult } from "../experiments/result.js";
import { resultAlone } from "../experiments/result.js";
import { readStored } from "../experiments/stored-record.js";
import { lineInFile } from "../methods/load-method.js";
import { headlineRule } from "../protocols/headline-rule.js";
import { openRunRecorder } from "../records/open-run-recorder.js";
import { isRunWhole } from "../records/run-outputs.js";
import type { Run } from "../records/run-record.js";
import { removeRunRecord } from "../records/run-record-file.js";
import type { FinishedRun } from "../records/run-recorder.js";
import type { ProcessPool } from "../training/process-pool.js";
import type { SweptData, SweptStudy } from "./open-swept-study.js";
import type { SweepBoard } from "./sweep-board.js";
import type { PlannedCell } from "./sweep-cells.js";
import type { CellPlace, SweepOptions } from "./sweep-options.js";

/** What the runs of one sweep have in common. */
export interface SweepContext extends Abortable {
  readonly data: SweptData;
  readonly study: SweptStudy;
  readonly options: SweepOptions;
  readonly board: SweepBoard;
  /** The finished ones by name; one that finishes is added, and one that is to be made anew taken out. */
  readonly finished: Map<string, Run>;
  /** Processes of the trainings. */
  readonly pool: ProcessPool;
  /** Seconds of the runs that this sweep has computed, by name: taken further, they were not there before. */
  readonly made: Map<string, number>;
  /** Names of the runs that a tracking server has got by this sweep. */
  readonly sent: Set<string>;
}

/**
 * How far a run is taken: "validated" at least, its codes are there and what validation says of them; "judged" by the
 * queries; or "withheld", not judged by them, whatever was before.
 */
export type Extent = "validated" | "judged" | "withheld";

/** Trainings have one thread: as many at a time as there are cores are done sooner than each on all of them in turn. */
export const PROCESS = { threads: 1 } as const;

/**
 * Runs a cell and takes it down, or finds it finished. A fault is noted and ends nothing else; thrown is an interrupt, or
 * what keeps a fault from being noted. A run that was finished before, and could only not be judged anew, stays finished:
 * the board alone says what became of it.
 */
export async function runCell(cell: PlannedCell, context: SweepContext, extent: Extent): Promise<void> {
  const { study, options, board, finished } = context;
  const work = (): Promise<void> => finishCell(cell, context, extent);
  try {
    // A part may be begun again on another machine before the first one notices that it is no longer wanted.
    const alone = { task: "running a part of a study", signal: options.signal };
    await (options.shard === undefined ? work() : withLock(lockOfFolder(join(study.folder, cell.name)), work, alone));
  } catch (error) {
    if (isAborted(options.signal)) throw error;
    const message = faultText(error, cell);
    const { mlflow } = options;
    if (!finished.has(cell.name)) await (await openRunRecorder(study.folder, cell.name, { mlflow })).fail(message);
    board.set(cell, { state: "failed", message });
  }
}

/** What went wrong; of a fault in a method's own file with its line. */
function faultText(error: unknown, { of: { file } }: PlannedCell): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = file === undefined ? undefined : lineInFile(error, file.path);
  return line === undefined ? text : `${file!.path}, line ${line}: ${text}`;
}

async function finishCell(cell: PlannedCell, context: SweepContext, extent: Extent): Promise<void> {
  const { data, study, options, board, finished, pool } = context;
  const started = performance.now();
  const { mlflow, signal, allowSeen } = options;
  const planned = await planExperiment(data, cell.settings, { process: PROCESS, allowSeen });
  const { config, key } = planned.computation;
  const known = finished.get(cell.name);
  const isSame = known?.record.key === key;
  if (known !== undefined && isSame && (await isDone(known, planned, extent, context))) {
    board.set(cell, doneState(known, howMade(cell, context)));
    return;
  }
  const note = known === undefined || isSame ? {} : { note: "computed again: it has changed since" };
  if (known !== undefined && !isSame) {
    // Whatever becomes of the new one: what the old one gave is no longer that of this run.
    await removeRunRecord(known.folder);
    finished.delete(cell.name);
  }
  const { epochs: all = 0 } = config;
  board.set(cell, { state: "running", epoch: 0, epochs: all, ...note });
  const recorder = await openRunRecorder(study.folder, cell.name, { mlflow });
  const computed = await computeExperiment(data, planned, {
    process: PROCESS,
    pool,
    signal,
    async onEpoch(epochs, steps) {
      await recorder.course(epochs, steps);
      const { epoch } = epochs[epochs.length - 1];
      const validationMAP = epochs.reduce<number | undefined>((last, one) => one.validationMAP ?? last, undefined);
      const validated = validationMAP === undefined ? {} : { validationMAP };
      board.set(cell, { state: "running", epoch, epochs: all, ...validated, ...note });
    },
  });
  const run = await recorder.finish(await finishedRun(cell, computed, context, extent));
  finished.set(cell.name, run);
  if (mlflow !== undefined) context.sent.add(cell.name);
  const before = context.made.get(cell.name);
  if (!computed.cached || before !== undefined) {
    context.made.set(cell.name, (before ?? 0) + (performance.now() - started) / 1000);
  }
  board.set(cell, { ...doneState(run, howMade(cell, context)), ...note });
}

/** Whether a run was there before this sweep, and what it took. */
function howMade(
  { name }: PlannedCell,
  { made }: SweepContext,
): { readonly cached: boolean; readonly seconds: number } {
  return { cached: !made.has(name), seconds: made.get(name) ?? 0 };
}

/** Whether nothing is left to do for a finished run: it has been taken so far, its files are there, who is to get it has it. */
async function isDone(
  run: Run,
  { folder }: PlannedExperiment,
  extent: Extent,
  { data, options, sent }: SweepContext,
): Promise<boolean> {
  if (!(await isTakenTo(run, extent, { data, options }))) return false;
  // Sent out of the experiment, which holds the course of its training; what has been freed is not trained again for that.
  const isToSend = options.mlflow !== undefined && !sent.has(run.record.name);
  return !isToSend || (await readStored(folder)) === undefined;
}

/** Whether a finished run has been taken so far, and its files are there. */
export async function isTakenTo(
  run: Run,
  extent: Extent,
  { data, options }: Pick<SweepContext, "data" | "options">,
): Promise<boolean> {
  return reaches(run, extent, { ...options, protocol: options.protocol ?? data.protocol }) && (await isRunWhole(run));
}

/** Whether a finished run has been taken so far. */
function reaches({ result }: Run, extent: Extent, options: SweepOptions): boolean {
  const isJudged = (): boolean => result !== undefined && isJudgedBy(result, options);
  const reached = { validated: () => true, judged: isJudged, withheld: () => result === undefined };
  return reached[extent]();
}

/** Whether all that is asked for has been measured. */
export function isJudgedBy(
  { evaluation, headline, overlaps, withoutQueries }: SearchResult,
  { cutoffs = [], metrics = [], protocol, dropQueriesFromDatabase = false, unlabelled }: SweepOptions,
): boolean {
  const { mAP, metrics: measured = {}, unlabelled: treated } = evaluation;
  const names = metrics.map(metric => (typeof metric === "string" ? metric : metric.name));
  const hasQueriesInDatabase = (overlaps?.queriesInDatabase ?? 0) > 0;
  return (
    cutoffs.every(cutoff => Object.hasOwn(mAP, cutoff)) &&
    names.every(name => Object.hasOwn(measured, name)) &&
    (protocol === undefined || headline?.protocol === headlineRule(protocol).name) &&
    (unlabelled === undefined || treated === undefined || treated.treated === unlabelled) &&
    (!dropQueriesFromDatabase || !hasQueriesInDatabase || withoutQueries !== undefined)
  );
}

function doneState(
  { result, validationMAP }: Run,
  how: { readonly cached: boolean; readonly seconds: number },
): CellPlace {
  const mAP = result?.evaluation.mAP.all.tieAware;
  return {
    state: "done",
    ...how,
    ...(mAP === undefined ? {} : { mAP }),
    ...(validationMAP === undefined ? {} : { validationMAP }),
  };
}

/** All that is taken down of a run. */
async function finishedRun(
  { name, of, settings }: PlannedCell,
  computed: ComputedExperiment,
  { data, study, options }: SweepContext,
  extent: Extent,
): Promise<FinishedRun> {
  const { computation, folder } = computed;
  const { format: _, epochs: __, steps: ___, ...stored } = computed.stored;
  const { protocol, cutoffs, metrics, dropQueriesFromDatabase, signal, unlabelled = settings.unlabelled } = options;
  const validationMAP = await validateExperiment(data, computed, { unlabelled, signal });
  const judging = { protocol, cutoffs, metrics, dropQueriesFromDatabase, signal, unlabelled };
  const judge = async (): Promise<SearchResult> => resultAlone((await judgeExperiment(data, computed, judging)).record);
  const result = extent === "judged" ? await judge() : undefined;
  const { title, colour, output = "codes" } = of.method;
  return {
    record: {
      ...stored,
      config: computation.config,
      name,
      title: result?.title ?? title,
      ...(colour === undefined ? {} : { colour }),
      bits: computation.bits,
      seed: computation.seed,
      output,
      ...(of.file === undefined ? {} : { methodFile: of.file }),
      key: computation.key,
      data: study.file.data,
      threads: stored.threads ?? stored.environment.cores,
    },
    result,
    ...(validationMAP === undefined ? {} : { validationMAP }),
    experiment: folder,
  };
}

import type { Abortable } from "../core/abort.js";
import { isAborted } from "../core/abort.js";
import type { ComputedExperiment } from "../experiments/compute-experiment.js";
import { computeExperiment } from "../experiments/compute-experiment.js";
import { judgeExperiment, validateExperiment } from "../experiments/judge-experiment.js";
import { planExperiment } from "../experiments/plan-experiment.js";
import type { SearchResult } from "../experiments/result.js";
import { resultAlone } from "../experiments/result.js";
import { openRunRecorder } from "../records/open-run-recorder.js";
import type { Run } from "../records/run-record.js";
import type { FinishedRun } from "../records/run-recorder.js";
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
  /** The finished ones by name; one that finishes is added. */
  readonly finished: Map<string, Run>;
}

/**
 * How far a run is taken: "validated" at least, its codes are there and what validation says of them; "judged" by the
 * queries; or "withheld", not judged by them, whatever was before.
 */
export type Extent = "validated" | "judged" | "withheld";

/** Trainings have one thread: as many at a time as there are cores are done sooner than each on all of them in turn. */
const PROCESS = { threads: 1 } as const;

/**
 * Runs a cell and takes it down, or finds it finished. A fault is noted and ends nothing else; thrown is an interrupt, or
 * what keeps a fault from being noted.
 */
export async function runCell(cell: PlannedCell, context: SweepContext, extent: Extent): Promise<void> {
  const { study, options, board } = context;
  try {
    await finishCell(cell, context, extent);
  } catch (error) {
    if (isAborted(options.signal)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const { mlflow } = options;
    await (await openRunRecorder(study.folder, cell.name, { mlflow })).fail(message);
    board.set(cell, { state: "failed", message });
  }
}

async function finishCell(cell: PlannedCell, context: SweepContext, extent: Extent): Promise<void> {
  const { data, study, options, board, finished } = context;
  const started = performance.now();
  const { mlflow, signal, allowSeen } = options;
  const planned = await planExperiment(data, cell.settings, { process: PROCESS, allowSeen });
  const { config, key } = planned.computation;
  const known = finished.get(cell.name);
  const isSame = known?.record.key === key;
  if (known !== undefined && isSame && reaches(known, extent, options)) {
    board.set(cell, doneState(known, { cached: true, seconds: 0 }));
    return;
  }
  const note = known === undefined || isSame ? {} : { note: "computed again: it has changed since" };
  const { epochs: all = 0 } = config;
  board.set(cell, { state: "running", epoch: 0, epochs: all, ...note });
  const recorder = await openRunRecorder(study.folder, cell.name, { mlflow });
  const computed = await computeExperiment(data, planned, {
    process: PROCESS,
    signal,
    async onEpoch(epochs, steps) {
      await recorder.course(epochs, steps);
      const { epoch, validationMAP } = epochs[epochs.length - 1];
      const validated = validationMAP === undefined ? {} : { validationMAP };
      board.set(cell, { state: "running", epoch, epochs: all, ...validated, ...note });
    },
  });
  const run = await recorder.finish(await finishedRun(cell, computed, context, extent));
  finished.set(cell.name, run);
  const seconds = (performance.now() - started) / 1000;
  board.set(cell, { ...doneState(run, { cached: computed.cached, seconds }), ...note });
}

/** Whether a finished run has been taken so far. */
function reaches({ result }: Run, extent: Extent, options: SweepOptions): boolean {
  const isJudged = (): boolean => result !== undefined && isJudgedBy(result, options);
  const reached = { validated: () => true, judged: isJudged, withheld: () => result === undefined };
  return reached[extent]();
}

/** Whether all that is asked for has been measured. */
export function isJudgedBy({ evaluation }: SearchResult, { cutoffs = [], metrics = [] }: SweepOptions): boolean {
  const { mAP, metrics: measured = {} } = evaluation;
  const names = metrics.map(metric => (typeof metric === "string" ? metric : metric.name));
  return cutoffs.every(cutoff => Object.hasOwn(mAP, cutoff)) && names.every(name => Object.hasOwn(measured, name));
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

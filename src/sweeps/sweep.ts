import { checkAborted, isAborted } from "../core/abort.js";
import { availableCores } from "../core/cores.js";
import { InputError } from "../core/errors.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { knownNames } from "../core/nearest-name.js";
import { workInPool } from "../core/work-in-pool.js";
import { checkMeasures } from "../metrics/evaluate-options.js";
import { headlineRule } from "../protocols/headline-rule.js";
import { mlflowServer } from "../records/mlflow-client.js";
import { readStudy } from "../records/read-study.js";
import { writeStudyFile } from "../records/study-file.js";
import type { StudyRecord } from "../records/study-record.js";
import { ProcessPool } from "../training/process-pool.js";
import { checkAllCompete, chooseByValidation, withSelection } from "./choose-by-validation.js";
import { liveSweepTable } from "./live-sweep-table.js";
import { measureCosine } from "./measure-cosine.js";
import type { SweptData, SweptStudy } from "./open-swept-study.js";
import { findSweptStudy, placeOfStudy, writeSweptStudy } from "./open-swept-study.js";
import type { Extent, SweepContext } from "./run-cell.js";
import { runCell } from "./run-cell.js";
import { SweepBoard } from "./sweep-board.js";
import type { PlannedCell } from "./sweep-cells.js";
import { checkCellsWithData, sweepCells } from "./sweep-cells.js";
import type { SweepOptions } from "./sweep-options.js";
import { DEFINITION_FIELDS } from "./sweep-options.js";
import type { SweptMethod } from "./swept-method.js";
import { openMethods } from "./swept-method.js";

/**
 * Runs a study: every method at every length with every seed and all settings, as many trainings at a time as there are
 * cores, each in a process of its own. What is finished is read, what was interrupted or killed goes on where it was: the
 * same call gives the same study, and one that asks for more under the same name adds to it. A run that fails is noted
 * and keeps no other from running.
 * @param data of `openStudy`, a data folder, or features with a split
 * @returns the whole study, runs of earlier calls included
 * @throws {InputError} before anything is computed, for settings that a method does not have, and when a study of that
 *   name is of other data
 */
export async function sweep(data: SweptData, options: SweepOptions): Promise<StudyRecord> {
  checkOptions(data, options);
  const methods = await openMethods(options.methods);
  const cells = sweepCells(methods, options, data);
  checkCellsWithData(data, cells);
  const asked = { methods, cells, options };
  const place = placeOfStudy(data, asked);
  const work = async (): Promise<void> => {
    const study = await findSweptStudy(place, data, asked);
    if (options.select) checkAllCompete(cells, study.file);
    await runStudy(data, cells, { study, options, methods });
  };
  await withLock(lockOfFolder(place.folder), work, { task: "running a study", waits: false });
  return readStudy(place.folder);
}

interface StudyToRun {
  readonly study: SweptStudy;
  readonly methods: readonly SweptMethod[];
  readonly options: SweepOptions;
}

async function runStudy(
  data: SweptData,
  cells: readonly PlannedCell[],
  { study, options, methods }: StudyToRun,
): Promise<void> {
  const { workers = availableCores(), select = false, cosine = true, signal } = options;
  await writeSweptStudy(study, data, methods);
  const table = options.onState === undefined ? liveSweepTable() : undefined;
  const board = new SweepBoard(cells, workers, options.onState ?? table?.show);
  const { runs } = await readStudy(study.folder);
  const finished = new Map(runs.map(run => [run.record.name, run]));
  const pool = new ProcessPool();
  const context: SweepContext = { data, study, options, board, finished, pool, made: new Map(), sent: new Set() };
  const runAll = (some: readonly PlannedCell[], extentOf: (cell: PlannedCell) => Extent): Promise<void> =>
    workInPool(some, workers, async cell => {
      checkAborted(signal);
      await runCell(cell, context, extentOf(cell));
    });
  try {
    await runAll(cells, () => (select ? "validated" : "judged"));
    if (select) {
      const selection = withSelection(study.file.selection, chooseByValidation(cells, finished));
      const isChosen = new Set(Object.values(selection.chosen).flatMap(group => group.runs));
      await writeStudyFile(study.folder, { ...study.file, selection });
      const whole = cells.filter(({ name }) => finished.has(name));
      await runAll(whole, ({ name }) => (isChosen.has(name) ? "judged" : "withheld"));
    }
    if (cosine) await measureCosine(data, study.folder, options);
  } finally {
    pool.close();
    table?.finish(board.state, isAborted(signal));
  }
  checkNoneLeftBehind(board, finished);
}

/** @throws {InputError} when runs that were finished failed to become what is asked for now */
function checkNoneLeftBehind({ state }: SweepBoard, finished: ReadonlyMap<string, unknown>): void {
  const left = state.cells.flatMap(cell => (cell.state === "failed" && finished.has(cell.name) ? [cell] : []));
  if (left.length === 0) return;
  const others = left.length > 1 ? ` and ${left.length - 1} more` : "";
  throw new InputError("finished runs could not be brought up to what is asked for now; they are as they were", {
    actual: `${left[0].name}${others}: ${left[0].message}`,
  });
}

const OPTIONS: Readonly<Record<keyof SweepOptions, true>> = {
  ...DEFINITION_FIELDS,
  name: true,
  folder: true,
  workers: true,
  select: true,
  cosine: true,
  onState: true,
  mlflow: true,
  signal: true,
  protocol: true,
  metrics: true,
  cutoffs: true,
  allowSeen: true,
  unlabelled: true,
  dropQueriesFromDatabase: true,
};

/** A slip in a name would run another study than was meant. */
function checkOptions(data: SweptData, options: SweepOptions): void {
  const unknown = Object.keys(options).find(name => !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined) {
    const expected = knownNames(unknown, Object.keys(OPTIONS));
    throw new InputError(`unknown option "${unknown}" of a sweep`, { expected });
  }
  const { workers = 1, select = false, cutoffs, metrics, protocol, mlflow } = options;
  if (!(Number.isSafeInteger(workers) && workers >= 1)) {
    throw new InputError("a sweep needs workers", { expected: "a whole number of at least 1", actual: `${workers}` });
  }
  checkMeasures({ cutoffs, metrics });
  if (protocol !== undefined) headlineRule(protocol);
  if (mlflow !== undefined) mlflowServer(mlflow);
  if (select && data.validation === undefined) {
    throw new InputError("nothing is there to choose settings by", {
      expected: "validation rows, held out of the train rows (of a data folder: a share of them, --validation 0.05)",
    });
  }
}

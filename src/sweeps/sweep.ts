import { checkAborted, isAborted } from "../core/abort.js";
import { availableCores } from "../core/cores.js";
import { InputError } from "../core/errors.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { progressFile } from "../core/progress-file.js";
import { workInPool } from "../core/work-in-pool.js";
import { readStudy } from "../records/read-study.js";
import { writeStudyFile } from "../records/study-file.js";
import type { StudyRecord } from "../records/study-record.js";
import { ProcessPool } from "../training/process-pool.js";
import { checkAllCompete, chooseByValidation, withSelection } from "./choose-by-validation.js";
import { layOutStudy } from "./lay-out-sweep.js";
import { liveSweepTable } from "./live-sweep-table.js";
import { measureCosine } from "./measure-cosine.js";
import type { SweptData, SweptStudy } from "./open-swept-study.js";
import { findSweptStudy, writeSweptStudy } from "./open-swept-study.js";
import { planSweep } from "./plan-sweep.js";
import type { Extent, SweepContext } from "./run-cell.js";
import { runCell } from "./run-cell.js";
import { runsOfShard } from "./runs-of-shard.js";
import { SweepBoard, sweepProgress } from "./sweep-board.js";
import type { PlannedCell } from "./sweep-cells.js";
import type { SweepOptions } from "./sweep-options.js";

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
  const { place, ...asked } = await planSweep(data, options);
  const { cells, methods } = asked;
  const { shard } = options;
  if (shard !== undefined) {
    const study = await layOutStudy(place, data, asked);
    await runStudy(data, runsOfShard(cells, shard), { study, options });
    return readStudy(place.folder);
  }
  const work = async (): Promise<void> => {
    const study = await findSweptStudy(place, data, asked);
    if (options.select) checkAllCompete(cells, study.file);
    await writeSweptStudy(study, data, methods);
    await runStudy(data, cells, { study, options });
  };
  await withLock(lockOfFolder(place.folder), work, { task: "running a study", waits: false });
  return readStudy(place.folder);
}

interface StudyToRun {
  readonly study: SweptStudy;
  readonly options: SweepOptions;
}

async function runStudy(data: SweptData, asked: readonly PlannedCell[], { study, options }: StudyToRun): Promise<void> {
  const { workers = availableCores(), select = false, cosine = true, shard, collect = false, signal } = options;
  const table = options.onState === undefined ? liveSweepTable() : undefined;
  const { runs } = await readStudy(study.folder);
  const finished = new Map(runs.map(run => [run.record.name, run]));
  const cells = collect ? asked.filter(({ name }) => finished.has(name)) : asked;
  const toFile = progressFile();
  const board = new SweepBoard(cells, workers, state => {
    toFile?.(sweepProgress(state));
    (options.onState ?? table?.show)?.(state);
  });
  const pool = new ProcessPool();
  const context: SweepContext = { data, study, options, board, finished, pool, made: new Map(), sent: new Set() };
  const runAll = (some: readonly PlannedCell[], extentOf: (cell: PlannedCell) => Extent): Promise<void> =>
    workInPool(some, workers, async cell => {
      checkAborted(signal);
      await runCell(cell, context, extentOf(cell));
    });
  try {
    await runAll(cells, () => (select ? "validated" : "judged"));
    // Whoever collects has the runs of all parts to choose from, and the features are the same for all.
    if (select && shard === undefined) {
      const selection = withSelection(study.file.selection, chooseByValidation(cells, finished));
      const isChosen = new Set(Object.values(selection.chosen).flatMap(group => group.runs));
      await writeStudyFile(study.folder, { ...study.file, selection });
      const whole = cells.filter(({ name }) => finished.has(name));
      await runAll(whole, ({ name }) => (isChosen.has(name) ? "judged" : "withheld"));
    }
    if (cosine && shard === undefined) await measureCosine(data, study.folder, options);
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

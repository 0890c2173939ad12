import { planExperiment } from "../experiments/plan-experiment.js";
import { readStudy } from "../records/read-study.js";
import type { SweptData } from "./open-swept-study.js";
import { planSweep } from "./plan-sweep.js";
import { isDone, PROCESS } from "./run-cell.js";
import type { SweepOptions } from "./sweep-options.js";

/**
 * Opens what tells of the runs of a study, by name, whether they are finished and still what is asked for: not of a method,
 * data or settings that have changed since, and judged as far as the part of a study that they belong to takes them.
 * A look takes as long as it does to plan a run; one that is not finished costs nothing.
 * @throws {InputError} as `sweep`
 */
export async function openCurrentRuns(
  data: SweptData,
  options: SweepOptions,
): Promise<(name: string) => Promise<boolean>> {
  const { place, cells } = await planSweep(data, options);
  const planned = new Map(cells.map(cell => [cell.name, cell]));
  const finished = new Map((await readStudy(place.folder)).runs.map(run => [run.record.name, run]));
  const { allowSeen, select = false } = options;
  // What was sent to a tracking server is known to who sent it alone.
  const context = { data, options: { ...options, mlflow: undefined }, sent: new Set<string>() };
  return async name => {
    const [cell, run] = [planned.get(name), finished.get(name)];
    if (cell === undefined || run === undefined) return false;
    const plan = await planExperiment(data, cell.settings, { process: PROCESS, allowSeen });
    if (run.record.key !== plan.computation.key) return false;
    return isDone(run, plan, select ? "validated" : "judged", context);
  };
}

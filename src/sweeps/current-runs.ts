import { planExperiment } from "../experiments/plan-experiment.js";
import { readStudy } from "../records/read-study.js";
import type { Run } from "../records/run-record.js";
import type { SweptData } from "./open-swept-study.js";
import { planSweep } from "./plan-sweep.js";
import { isTakenTo, PROCESS } from "./run-cell.js";
import type { PlannedCell } from "./sweep-cells.js";
import type { SweepOptions } from "./sweep-options.js";

/**
 * Opens what tells of the runs of a study, by name, whether they are finished and still what is asked for: judged as far as
 * the part of a study that they belong to takes them, and of a method that has not changed since. To say the latter of a run
 * its features are hashed, which is seconds of a large study: it is said by one run of each method and length, and by
 * the file of a method of one's own. Who runs a part looks at each.
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
  const isPlannedSo = async ({ settings }: PlannedCell, { record }: Run): Promise<boolean> =>
    (await planExperiment(data, settings, { process: PROCESS, allowSeen })).computation.key === record.key;
  const groups = new Map<string, Promise<boolean>>();
  return async name => {
    const [cell, run] = [planned.get(name), finished.get(name)];
    if (cell === undefined || run === undefined) return false;
    if (cell.of.file?.sha256 !== run.record.methodFile?.sha256) return false;
    const group = `${cell.of.method.name}-${run.record.bits}`;
    const isSame = groups.get(group) ?? isPlannedSo(cell, run);
    groups.set(group, isSame);
    return (await isSame) && isTakenTo(run, select ? "validated" : "judged", { data, options });
  };
}

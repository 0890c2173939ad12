import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { shownValue } from "../core/shown-value.js";
import { makeTemporaryFolder } from "../core/temporary-folder.js";
import type { Run } from "../records/run-record.js";
import type { StudyRecord } from "../records/study-record.js";
import { findRecord } from "./find-record.js";
import { packedData, reopenData } from "./reopen-data.js";
import { reproduceRun } from "./reproduce-run.js";
import type { Accepted, ReproduceOptions, Reproduction, RunReproduction, Verdict } from "./reproduction.js";
import { isPack, unpackRecord } from "./unpack-record.js";

/** How far a measure may be from the recorded one. */
const TOLERANCE = 0.003;

/**
 * Runs a record again: its data is opened as it says, each run is computed anew from its config (nothing that is stored is
 * used), and codes, weights and measures are held against the recorded ones.
 * @param record a study or a run; or, as text, `study`, `study/run`, a folder of either, or a pack, `x.tar.gz`
 * @returns of each run whether it is bit-equal, within tolerance, within what another seed would give, different, or could
 *   not be computed, and what is not as it was: data, code, version, machine
 * @throws {InputError} when there is no such record, its data cannot be opened, or the pack is damaged
 */
export async function reproduce(
  record: string | Pick<StudyRecord | Run, "folder">,
  options: ReproduceOptions = {},
): Promise<Reproduction> {
  const { tolerance = TOLERANCE, accept } = options;
  if (!(tolerance >= 0)) {
    throw new InputError("this is no tolerance", { expected: "a number of at least 0", actual: `${tolerance}` });
  }
  if (accept !== undefined && !Object.hasOwn(HOLDING, accept)) {
    const expected = knownNames(String(accept), Object.keys(HOLDING));
    throw new InputError("this cannot be accepted", { expected, actual: shownValue(accept) });
  }
  const target = typeof record === "string" ? record : record.folder;
  const scratch = await makeTemporaryFolder("reproduce");
  try {
    return await reproduceFound(target, { ...options, tolerance }, scratch.folder);
  } finally {
    await scratch.remove();
  }
}

async function reproduceFound(
  target: string,
  {
    tolerance,
    onRun,
    folder,
    data: given,
    quickest = false,
    accept = "tolerance",
    ...options
  }: ReproduceOptions & { readonly tolerance: number },
  scratch: string,
): Promise<Reproduction> {
  const pack = isPack(target) ? await unpackRecord(target, scratch) : undefined;
  const { study, runs } = await findRecord(pack?.study ?? target, { folder });
  const isPacked = given === undefined && pack?.data !== undefined;
  const data = isPacked ? await packedData(study, pack.data) : await reopenData(study, { ...options, data: given });
  const done: RunReproduction[] = [];
  for (const run of quickest ? quickestOfEach(runs) : runs) {
    const where = { packed: pack?.methods, siblings: study.runs, scratch };
    const reproduced = await reproduceRun(run, { ...options, ...where, data, tolerance });
    onRun?.(reproduced);
    done.push(reproduced);
  }
  const holds = done.every(({ verdict }) => HOLDING[accept].includes(verdict));
  return { study: study.id, tolerance, accept, runs: done, holds };
}

/** Of each method the run that was trained in the shortest time. */
function quickestOfEach(runs: readonly Run[]): Run[] {
  const methods = [...new Set(runs.map(({ record }) => record.config.method))];
  return methods.map(method => {
    const own = runs.filter(({ record }) => record.config.method === method);
    return own.reduce((best, run) => (run.record.trainSeconds < best.record.trainSeconds ? run : best));
  });
}

/** What holds, by what is accepted. */
const HOLDING: Readonly<Record<Accepted, readonly Verdict[]>> = {
  tolerance: ["bit-equal", "within tolerance"],
  spread: ["bit-equal", "within tolerance", "within the spread of its seeds"],
};

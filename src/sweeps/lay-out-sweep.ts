import { lockOfFolder, withLock } from "../core/lock.js";
import { readStudyFile } from "../records/study-file.js";
import { checkAllCompete } from "./choose-by-validation.js";
import type { StudyPlace, SweptData, SweptStudy } from "./open-swept-study.js";
import { findSweptStudy, writeSweptStudy } from "./open-swept-study.js";
import type { AskedSweep } from "./plan-sweep.js";
import { planSweep } from "./plan-sweep.js";
import type { SweepOptions } from "./sweep-options.js";

/** A study of which nothing need have been run. */
export interface LaidOutSweep {
  /** Its name. */
  readonly id: string;
  readonly folder: string;
  /** Names of its runs, in order: every n-th from the i-th on is of part i of n. */
  readonly runs: readonly string[];
}

/**
 * Lays out a study whose parts will be run elsewhere, by `sweep` with `shard`.
 * @throws {InputError} as `sweep`
 */
export async function layOutSweep(data: SweptData, options: SweepOptions): Promise<LaidOutSweep> {
  const { place, ...asked } = await planSweep(data, options);
  await layOutStudy(place, data, asked);
  return { id: place.id, folder: place.folder, runs: asked.cells.map(({ name }) => name) };
}

/** Writes what is a study's own, unless it is there: then nobody waits for who runs a part of it. */
export async function layOutStudy(place: StudyPlace, data: SweptData, asked: AskedSweep): Promise<SweptStudy> {
  const found = await findSweptStudy(place, data, asked);
  if (asked.options.select) checkAllCompete(asked.cells, found.file);
  if (await isWritten(found)) return found;
  const write = async (): Promise<SweptStudy> => {
    const study = await findSweptStudy(place, data, asked); // another may have added to it meanwhile
    if (!(await isWritten(study))) await writeSweptStudy(study, data, asked.methods);
    return study;
  };
  return withLock(lockOfFolder(place.folder), write, { task: "laying out a study" });
}

async function isWritten({ folder, file }: SweptStudy): Promise<boolean> {
  const known = await readStudyFile(folder);
  if (known === undefined) return false;
  const { format: _, ...written } = known;
  return JSON.stringify(written) === JSON.stringify(file); // as it was written: in its order, without what is undefined
}

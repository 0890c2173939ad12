import { basename, dirname } from "node:path";
import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { ReadStudyOptions } from "../records/read-study.js";
import { findStudyIfAny, readStudy } from "../records/read-study.js";
import type { Run } from "../records/run-record.js";
import type { StudyRecord } from "../records/study-record.js";

/** What is meant by a name or a folder: a study, and which of its runs. */
export interface FoundRecord {
  readonly study: StudyRecord;
  readonly runs: readonly Run[];
}

/**
 * Finds a study, or one run of it.
 * @param target `study`, `study/run`, or the folder of either
 * @throws {InputError} when there is none, with the nearest that there is; and where a study has no finished run
 */
export async function findRecord(target: string, options: ReadStudyOptions = {}): Promise<FoundRecord> {
  const study = await studyOf(target, options);
  if (study === undefined) return findRun(target, options);
  if (study.runs.length > 0) return { study, runs: study.runs };
  throw new InputError("the study has no finished run", { file: study.folder, expected: "one at least" });
}

async function findRun(target: string, options: ReadStudyOptions): Promise<FoundRecord> {
  // The second throws, and says what there is.
  const study = (await studyOf(dirname(target), options)) ?? (await readStudy(target, options));
  const runs = study.runs.filter(({ record }) => record.name === basename(target));
  if (runs.length === 1) return { study, runs };
  const names = study.runs.map(({ record }) => record.name);
  throw new InputError(`the study has no finished run "${basename(target)}"`, {
    file: study.folder,
    expected: knownNames(basename(target), names),
  });
}

/** The study of a name or a folder; undefined when there is none. @throws {InputError} when there is a damaged one */
async function studyOf(target: string, options: ReadStudyOptions): Promise<StudyRecord | undefined> {
  const found = await findStudyIfAny(target, options);
  return found === undefined ? undefined : readStudy(found.folder);
}

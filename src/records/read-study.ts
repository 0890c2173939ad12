import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import { homeFolder, packageFolder, runsPath } from "../core/paths.js";
import { readCosine } from "./cosine-file.js";
import { differingSettings } from "./differing-settings.js";
import { readEvaluation } from "./evaluation-file.js";
import { readFailure } from "./failure-file.js";
import type { Run, RunRecord } from "./run-record.js";
import { readRunRecord } from "./run-record-file.js";
import { readStudyFile } from "./study-file.js";
import type { StudyFile, StudyRecord } from "./study-record.js";
import { readStudyRows } from "./study-rows.js";

/** Settings of {@link readStudy}. */
export interface ReadStudyOptions {
  /** Folder of all studies. Default `runs/studies`, then `records`, where those that were kept are, then hashbook's own. */
  readonly folder?: string;
}

/** Folders that studies are looked for in. */
export function studyFolders({ folder }: ReadStudyOptions = {}): readonly string[] {
  return folder === undefined ? [runsPath("studies"), join(homeFolder(), "records")] : [folder];
}

/**
 * Reads a study: its finished runs and how they do, and what to judge them with by other measures. Codes are read only
 * when they are asked for, by `readRunCodes`.
 * @param study its id, or its folder
 * @throws {InputError} when there is none of that name, with the nearest that there is, or when a file is damaged or of
 *   another version
 */
export async function readStudy(study: string, options: ReadStudyOptions = {}): Promise<StudyRecord> {
  const { folder, file } = await findStudy(study, options);
  const { labels, split, validation } = await readStudyRows(folder, file.data);
  const names = [...new Set([...file.asked, ...(await foldersIn(folder))])];
  const found = await Promise.all(names.map(name => readRun(join(folder, name), file.id)));
  const runs = found.flatMap(({ run }) => run ?? []);
  const cosine = await readCosine(folder);
  return {
    ...file,
    folder,
    runs: withTellingTitles(runs),
    failed: found.flatMap(({ run, failed }) => (run === undefined ? (failed ?? []) : [])),
    missing: file.asked.filter((_, at) => found[at].run === undefined && found[at].failed === undefined),
    labels,
    split,
    ...(validation === undefined ? {} : { validation }),
    ...(cosine === undefined ? {} : { cosine }),
  };
}

/** The folder of a study, and its study.json. */
export interface FoundStudy {
  readonly folder: string;
  readonly file: StudyFile;
}

/** The folder of a study and its study.json; undefined when there is none of that name. */
export async function findStudyIfAny(study: string, options: ReadStudyOptions = {}): Promise<FoundStudy | undefined> {
  const places = [...studyFolders(options).map(parent => join(parent, study)), study, embeddedRecord(study, options)];
  for (const folder of places) {
    const file = await readStudyFile(folder);
    if (file !== undefined) return { folder, file };
  }
  return undefined;
}

/** The folder of a study and its study.json. @throws {InputError} as {@link readStudy} */
export async function findStudy(study: string, options: ReadStudyOptions = {}): Promise<FoundStudy> {
  const found = await findStudyIfAny(study, options);
  if (found !== undefined) return found;
  const folders = studyFolders(options);
  const known = (await Promise.all(folders.map(foldersIn))).flat();
  throw new InputError(`there is no study "${study}"`, {
    expected: known.length === 0 ? `a study in ${folders.join(" or ")}` : knownNames(basename(study), known),
  });
}

/** Where a study that comes with hashbook would be: notebook 9 reads them wherever it is installed. */
function embeddedRecord(study: string, { folder }: ReadStudyOptions): string {
  return join(folder ?? join(packageFolder, "records"), study);
}

/** A run as its folder has it: finished, failed, or neither. */
async function readRun(
  folder: string,
  study: string,
): Promise<{ readonly run?: Run; readonly failed?: StudyRecord["failed"][number] }> {
  const document = await readRunRecord(folder);
  if (document === undefined) return { failed: await readFailure(folder) };
  const { validationMAP, ...record } = document;
  const result = await readEvaluation(folder);
  return { run: { study, folder, record, result, ...(validationMAP === undefined ? {} : { validationMAP }) } };
}

/** Runs of one method with several settings, with those settings in their titles. */
function withTellingTitles(runs: readonly Run[]): Run[] {
  const differing = differingSettings(runs.map(({ record }) => record));
  return runs.map((run, at) => {
    if (differing[at] === "") return run;
    const title = (of: { readonly title: string }): string => `${of.title}, ${differing[at]}`;
    const record: RunRecord = { ...run.record, title: title(run.record) };
    return {
      ...run,
      record,
      result: run.result === undefined ? undefined : { ...run.result, title: title(run.result) },
    };
  });
}

/** Names of the folders in a folder that may not be there, in order. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
